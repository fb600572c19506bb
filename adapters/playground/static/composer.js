// Where one writes: a message, a wish with filters, or a command with its options.

import { byId, freshId, make } from "./dom.js";
import { Suggestions } from "./suggest.js";

const TYPED_MS = 120;

export class Composer {
  constructor(app) {
    this.app = app;
    this.input = byId("say");
    this.command = null;
    this.suggestions = new Suggestions(this.input, (choice) => this.choose(choice.command));
    this.input.addEventListener("input", () => this.offerCommands());
    byId("composer").addEventListener("filters", () => this.hint());
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    byId("composer").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.command) this.leave();
    });
  }

  get platform() {
    return this.app.platform;
  }

  /** Begin anew, as after a switch. */
  reset() {
    this.leave();
    this.input.value = this.platform.opening;
    this.input.setAttribute("placeholder", this.platform.placeholder);
    byId("say-label").textContent = this.platform.placeholder;
    const { writable } = this.platform.places;
    byId("line").hidden = byId("filters").hidden = !writable;
    byId("skip").href = writable ? "#say" : "#log";
    byId("skip").textContent = writable ? "Skip to the message box" : "Skip to Home";
    this.hint();
  }

  hint() {
    const filtered = Object.keys(this.app.filters?.options() ?? {}).length;
    byId("hint").textContent = filtered && !this.command && this.platform.places.writable ? this.platform.filterHint ?? "With filters it is sent as /recommend." : this.platform.hint;
  }

  offerCommands() {
    if (!this.input.value.startsWith("/") || this.platform.typesCommands && this.input.value.includes(" ")) return this.suggestions.close();
    const typed = this.input.value.slice(1).toLowerCase();
    const found = this.platform.commands.filter((command) => command.name.startsWith(typed));
    this.suggestions.offer(found.map((command) => ({ label: `/${command.name}`, note: command.description, command })));
  }

  choose(command) {
    if (this.platform.typesCommands) {
      this.input.value = `/${command.name} `;
      return;
    }
    this.command = command;
    this.fields = command.options.map((option) => this.field(option));
    const needed = this.fields.filter((field) => field.option.required);
    const more = this.fields.filter((field) => !field.option.required);
    byId("command").replaceChildren(
      make("p", { class: "command-name" }, make("strong", {}, `/${command.name}`), ` ${command.description} `,
        make("button", { type: "button", class: "plain small", onclick: () => this.leave() }, "Cancel")),
      needed.map((field) => field.element)[0] ?? "", ...needed.slice(1).map((field) => field.element),
      more.length ? make("details", { class: "more", open: !needed.length }, make("summary", {}, `${more.length} more option${more.length > 1 ? "s" : ""}`),
        make("div", { class: "options" }, more.map((field) => field.element))) : "",
      make("div", { class: "row end" }, make("button", { type: "submit", class: "primary" }, `Run /${command.name}`)));
    byId("command").hidden = false;
    byId("line").hidden = byId("filters").hidden = true;
    this.hint();
    byId("command").querySelector("input, select, summary, button[type=submit]").focus();
  }

  /** Put the command away. */
  leave() {
    if (!this.command) return;
    this.command = null;
    byId("command").hidden = true;
    byId("command").replaceChildren();
    byId("line").hidden = byId("filters").hidden = false;
    this.input.value = this.platform.opening;
    this.hint();
    this.input.focus();
  }

  field(option) {
    const id = freshId("option");
    const shared = { id, "data-option": option.name, required: option.required, "aria-describedby": `${id}-note` };
    const limits = option.kind === "text" ? { type: "text" } : { type: "number", min: option.min, max: option.max, step: option.kind === "whole" ? 1 : "any" };
    const input = option.choices
      ? make("select", shared, make("option", { value: "" }, "—"), option.choices.map((choice) => make("option", { value: choice.value }, choice.label)))
      : make("input", { ...shared, ...(option.kind === "check" ? { type: "checkbox" } : limits) });
    const holder = make("div", { class: "suggesting" }, input);
    const field = { option, input, exact: null };
    field.element = make("div", { class: `option of-${option.kind}` }, make("label", { for: id }, option.name), holder,
      make("small", { id: `${id}-note` }, option.description));
    if (option.completes) this.complete(field);
    return field;
  }

  /** Offer what the bot offers, a moment after each key. A choice is sent by its value, not by its label. */
  complete(field) {
    const suggestions = new Suggestions(field.input, (choice) => {
      field.input.value = choice.label;
      field.exact = choice;
    });
    let waiting = 0;
    const ask = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.platform.choices(this.command, { ...this.values(), [field.option.name]: field.input.value }, field.option.name,
        (choices) => { if (document.activeElement === field.input) suggestions.offer(choices); }), TYPED_MS);
    };
    field.input.addEventListener("input", ask);
    field.input.addEventListener("keydown", (event) => { if (event.key === "ArrowDown" && !suggestions.isOpen) ask(); });
  }

  values() {
    const given = this.fields.map(({ option, input, exact }) => {
      if (option.kind === "check") return [option.name, input.checked || ""];
      if (input.value === "") return [option.name, ""];
      if (option.kind !== "text") return [option.name, Number(input.value)];
      return [option.name, exact?.label === input.value ? exact.value : input.value];
    });
    return Object.fromEntries(given.filter(([, value]) => value !== ""));
  }

  submit() {
    if (this.command) {
      const wrong = this.fields.find((field) => !field.input.checkValidity());
      if (wrong) {
        wrong.input.closest("details")?.setAttribute("open", "");
        wrong.input.reportValidity();
        return;
      }
      const [command, values] = [this.command, this.values()];
      this.app.asked();
      this.platform.run(command, values);
      this.leave();
      return;
    }
    const text = this.input.value.trim();
    const filters = this.app.filters.options();
    const filtered = Object.keys(filters).length > 0;
    if (!filtered && (!text || text === this.platform.opening.trim())) return;
    this.app.asked();
    if (filtered && !text.startsWith("/")) this.platform.ask(text, filters);
    else this.platform.say(text);
    this.input.value = this.platform.opening;
    this.suggestions.close();
  }
}
