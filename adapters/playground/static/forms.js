// Forms that open over the page.

import { byId, freshId, make } from "./dom.js";
import { Suggestions } from "./suggest.js";

const TYPED_MS = 150;
let shownId = null;
let opener = null;

/** Close a form, if it is the one that is open. */
export function closeForm(id) {
  if (id === shownId && byId("form").open) byId("form").close();
}

/** Show a form; `submit` is given its values by name, unless it is cancelled. One that `stays` is closed later. */
export function openForm(form, submit) {
  const dialog = byId("form");
  const fields = form.fields.map((field) => ({ ...field, ...inputOf(field) }));
  const cancel = () => {
    dialog.close();
    form.cancelled?.();
  };
  const body = make("form", {
    method: "dialog",
    onsubmit: (event) => {
      event.preventDefault();
      if (!form.stays) dialog.close();
      submit(Object.fromEntries(fields.map((field) => [field.name, field.read()])));
    },
  }, make("h2", { id: "form-title" }, form.title), form.notes ?? [], fields.map(fieldElement), make("div", { class: "row end" },
    make("button", { type: "button", class: "secondary", onclick: cancel }, form.close ?? "Cancel"),
    make("button", { type: "submit", class: "primary" }, form.submit)));
  dialog.replaceChildren(body);
  dialog.oncancel = () => form.cancelled?.();
  dialog.onclose = refocus;
  shownId = form.id ?? null;
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
  }
  (fields.find((field) => field.error) ?? fields[0])?.input.focus();
}

/** The browser gives the focus back to what had it, unless that was drawn anew meanwhile. */
function refocus() {
  const name = opener?.isConnected ? undefined : opener?.dataset.focus;
  if (name !== undefined) document.querySelector(`#log [data-focus="${CSS.escape(name)}"]`)?.focus();
}

function fieldElement(field) {
  const noted = [field.note, field.error].some(Boolean);
  if (noted) field.input.setAttribute("aria-describedby", `${field.input.id}-note`);
  if (field.error) field.input.setAttribute("aria-invalid", "true");
  return make("div", { class: "field" },
    make("label", { for: field.input.id }, field.label, field.required ? make("span", { class: "faint" }, " required") : null),
    noted ? make("p", { class: field.error ? "wrong" : "faint", id: `${field.input.id}-note` }, field.error ?? field.note) : null,
    field.element);
}

/** A field's control, the element that holds it, and how it is read. */
function inputOf(field) {
  const shared = { id: freshId("field"), name: field.name, "data-name": field.name, required: field.required };
  if (field.offer) return offering(field, shared);
  if (field.choices) {
    const chosen = [field.value].flat();
    const input = make("select", { ...shared, multiple: field.several, size: field.several ? Math.min(field.choices.length, 5) : null },
      field.several || field.required || field.bare ? null : make("option", { value: "" }, field.placeholder || "Any"),
      field.choices.map((choice) => make("option", { value: choice.value, selected: chosen.includes(choice.value) }, choice.label)));
    return { input, element: input, read: () => (field.several ? [...input.selectedOptions].map((option) => option.value) : input.value) };
  }
  const text = { ...shared, maxlength: field.most, placeholder: field.placeholder };
  const input = field.long ? make("textarea", { ...text, rows: 3 }, field.value)
    : make("input", { ...text, type: "text", inputmode: field.numeric ? "decimal" : null, value: field.value });
  return { input, element: input, read: () => input.value };
}

/** Several values, of which each is offered while one types. */
function offering(field, shared) {
  const chosen = [...field.chosen];
  const input = make("input", { ...shared, type: "text", placeholder: "Type to choose", required: false });
  const list = make("ul", { class: "chips", "aria-label": `Chosen: ${field.label ?? field.name}` });
  const element = make("div", {}, make("div", { class: "suggesting" }, input), list);
  const show = () => list.replaceChildren(...chosen.map((choice, place) => make("li", {}, `${choice.label} `, make("button", {
    type: "button", class: "plain small", "aria-label": `Remove ${choice.label}`, onclick: () => { chosen.splice(place, 1); show(); input.focus(); },
  }, "×"))));
  const suggestions = new Suggestions(input, (choice) => {
    if (!chosen.some((other) => other.value === choice.value)) chosen.push(choice);
    input.value = "";
    show();
  });
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (input.value) field.offer(input.value, (choices) => suggestions.offer(choices)); }, TYPED_MS);
  });
  show();
  return { input, element, read: () => chosen.map((choice) => choice.value) };
}
