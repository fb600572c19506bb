// The filters as dropdowns: type, genres, services, years.

import { byId, freshId, make } from "./dom.js";

const FIRST_DECADE = 1920;

export class Filters {
  constructor(genres, services) {
    this.type = this.select("Type", [["", "Films and series"], ["film", "Films"], ["series", "Series"]]);
    this.genres = this.checks("Genres", genres);
    this.services = this.checks("Services", services);
    const year = new Date().getFullYear();
    const decades = [];
    for (let decade = FIRST_DECADE; decade <= year; decade += 10) decades.unshift(decade);
    this.from = this.select("From", [["", "Any year"], ...decades.map((decade) => [String(decade), String(decade)])]);
    this.to = this.select("To", [["", "Any year"], ...decades.map((decade) => [String(Math.min(decade + 9, year)), String(Math.min(decade + 9, year))])]);
    this.clearing = make("button", { type: "button", class: "plain small", hidden: true, onclick: () => this.clear() }, "Clear");
    byId("filters").replaceChildren(...[this.type, this.genres, this.services, this.from, this.to].map((part) => part.element), this.clearing);
    byId("filters").addEventListener("change", () => this.changed());
  }

  /** What is chosen, as options of `/recommend`. */
  options() {
    const chosen = {
      type: this.type.value(), genres: this.genres.value(), services: this.services.value(),
      year_from: this.from.value() && Number(this.from.value()), year_to: this.to.value() && Number(this.to.value()),
    };
    return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== ""));
  }

  clear() {
    for (const part of [this.type, this.genres, this.services, this.from, this.to]) part.clear();
    this.changed();
    byId("say").focus();
  }

  changed() {
    this.clearing.hidden = !Object.keys(this.options()).length;
    byId("composer").dispatchEvent(new Event("filters"));
  }

  select(name, choices) {
    const select = make("select", {}, choices.map(([value, label]) => make("option", { value }, label)));
    return {
      element: make("label", { class: "filter" }, make("span", {}, name), select),
      value: () => select.value,
      clear: () => { select.value = ""; },
    };
  }

  checks(name, values) {
    const boxes = values.map((value) => make("input", { type: "checkbox", value, id: freshId("check") }));
    const count = make("span", {}, "Any");
    const summary = make("summary", {}, make("span", {}, name), count);
    const list = make("div", { class: "checks" }, boxes.map((box) => make("label", { for: box.id }, box, ` ${box.value}`)));
    const element = make("details", { class: "filter" }, summary, list);
    const value = () => boxes.filter((box) => box.checked).map((box) => box.value).join(", ");
    const told = () => { count.textContent = value() || "Any"; };
    element.addEventListener("change", told);
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && element.open) {
        element.open = false;
        summary.focus();
      }
    });
    document.addEventListener("click", (event) => { if (!element.contains(event.target)) element.open = false; });
    return { element, value, clear: () => { boxes.forEach((box) => { box.checked = false; }); told(); } };
  }
}
