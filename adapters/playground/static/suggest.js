// A text field that offers choices while one types: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { freshId, make } from "./dom.js";

export class Suggestions {
  /** `choose` is told which choice was taken; a choice has a `label` and perhaps a `note`. */
  constructor(input, choose) {
    this.input = input;
    this.choose = choose;
    this.choices = [];
    this.list = make("ul", { class: "suggestions", role: "listbox", id: freshId("choices"), "aria-label": "Choices", hidden: true });
    input.parentNode.append(this.list);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) input.setAttribute(name, value);
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
  }

  get isOpen() {
    return !this.list.hidden;
  }

  offer(choices) {
    this.choices = choices;
    this.list.replaceChildren(...choices.map((choice, place) => make("li", {
      role: "option", id: freshId("choice"), "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); this.take(place); },
    }, make("span", {}, choice.label), choice.note ? make("small", {}, choice.note) : null)));
    this.list.hidden = !choices.length;
    this.input.setAttribute("aria-expanded", String(this.isOpen));
    this.mark(0);
  }

  close() {
    this.offer([]);
  }

  mark(place) {
    this.place = place;
    [...this.list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === place)));
    const marked = this.list.children[place];
    if (!marked) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", marked.id);
    marked.scrollIntoView({ block: "nearest" });
  }

  take(place) {
    const choice = this.choices[place];
    this.close();
    this.choose(choice);
  }

  pressed(event) {
    if (!this.isOpen) return;
    const count = this.choices.length;
    if (event.key === "ArrowDown") this.mark((this.place + 1) % count);
    else if (event.key === "ArrowUp") this.mark((this.place + count - 1) % count);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.take(this.place);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
