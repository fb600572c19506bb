// What Discord and Slack have in common on the page: places with messages, and choices that come while one types.

import { make } from "./dom.js";
import { Places } from "./places.js";

export const FIND_LIKE = "Find something like this";

export class Platform {
  constructor(app, greeting, name, label, title) {
    this.name = name;
    this.label = label;
    this.app = app;
    this.greeting = greeting;
    this.title = title;
    this.places = new Places((message) => this.message(message), () => {
      this.entered();
      app.switchedPlace();
    });
    this.numbers = 0;
    this.awaited = new Map();
  }

  send(action) {
    this.app.send({ platform: this.name, ...action });
  }

  /** Somebody went to another place. */
  entered() {}

  /** Ask for choices while one types; they come later, if at all. */
  type(action, offer) {
    this.awaited.set(++this.numbers, offer);
    this.send({ do: "type", ...action, number: this.numbers });
  }

  hear(news) {
    switch (news.type) {
      case "places":
        this.places.set(news.places);
        break;
      case "message":
        this.heard(news.message);
        break;
      case "gone":
        this.places.remove(news.message);
        break;
      case "choices":
        this.awaited.get(news.number)?.(news.choices.map((choice) => ({ label: choice.name, value: choice.value })));
        break;
      case "failed":
        this.app.notice(news.text);
        break;
      default:
        if (!this.heardOther(news)) return;
    }
    this.app.refresh(this.name);
  }

  heard(message) {
    this.app.answered(this.name, this.places.put(message), message, message.author === this.greeting.bot);
  }

  // --- parts of messages ---

  who(author) {
    return this.greeting.names[author] ?? "someone";
  }

  avatar(own) {
    return make("div", { class: `avatar${own ? " bot" : ""}`, "aria-hidden": "true" }, own ? make("img", { src: "/icon.svg", alt: "" }) : "Y");
  }

  files(message) {
    return Object.entries(message.files).map(([name, text]) => make("details", { class: "file" }, make("summary", {}, `📄 ${name}`), make("pre", { tabindex: "0" }, text)));
  }

  /** A select under a message: a button for each option, or boxes where several may be chosen. */
  choicesUnder(legend, options, several, choose) {
    if (!several) {
      return make("fieldset", { class: "choices" }, legend,
        options.map((option) => make("button", { type: "button", class: "secondary", onclick: () => choose([option.value]) }, option.label)));
    }
    const boxes = options.map((option) => make("input", { type: "checkbox", value: option.value }));
    return make("fieldset", { class: "choices" }, legend,
      options.map((option, place) => make("label", {}, boxes[place], ` ${option.label}`)),
      make("button", {
        type: "button", class: "primary",
        onclick: () => { const values = boxes.filter((box) => box.checked).map((box) => box.value); if (values.length) choose(values); },
      }, "Choose"));
  }
}
