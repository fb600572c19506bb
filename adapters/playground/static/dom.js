// Builds elements. Whatever people or models wrote goes in as text nodes: markup in it stays text.

/**
 * An element with attributes and children.
 *
 * `on…` are listeners, `class` and `data-…` are attributes like all others; true stands for an attribute
 * without a value, and false, null or undefined for none.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A link out of the page; text alone where its address is not one of the web. */
export function link(address, ...children) {
  if (!/^https?:\/\//i.test(address)) return make("span", {}, ...children);
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** A picture; where there is none, or it does not come, a drawn placeholder with the title's initials. */
export function picture(address, description, name, className = "poster") {
  const initials = (name.replace(/ \(\d{4}\)$/, "").match(/[\p{L}\p{N}]+/gu) ?? ["?"]).slice(0, 2).map((word) => word[0].toUpperCase()).join("");
  const drawn = make("span", { class: `${className} drawn`, role: "img", "aria-label": description },
    make("span", { "aria-hidden": "true" }, initials));
  if (!/^https:\/\/image\.tmdb\.org\//.test(address ?? "")) return drawn;
  const shown = make("img", { class: className, src: address, alt: description, loading: "lazy", referrerpolicy: "no-referrer" });
  shown.addEventListener("error", () => shown.replaceWith(drawn), { once: true });
  return shown;
}

let lastNumber = 0;

/** An id that no other element has. */
export const freshId = (stem) => `${stem}-${++lastNumber}`;

/** Put an element in another's place; the focus stays on what has the same `data-focus` in the new one. */
export function replaceKeepingFocus(before, after) {
  const focused = before.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  before.replaceWith(after);
  if (focused !== undefined) after.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

const THUMBS = { "👍": "thumb", "👎": "thumb down", "+1": "thumb", "-1": "thumb down", thumbsup: "thumb", thumbsdown: "thumb down" };

/** An emoji; the two under every answer are drawn, since not every machine has a font with them. */
export function emoji(sign) {
  return sign in THUMBS ? make("img", { class: THUMBS[sign], src: "/thumb.svg", alt: "", width: 18, height: 18 }) : sign;
}
