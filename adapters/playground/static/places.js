// Channels, threads and private conversations of a platform, and the messages in them.

import { byId, make, replaceKeepingFocus } from "./dom.js";

export class Places {
  /** `draw` makes a message's element, of which `id` and `place` are known. */
  constructor(draw, switched) {
    this.draw = draw;
    this.switched = switched;
    this.places = [];
    this.logs = new Map();
    this.elements = new Map();
    this.messages = new Map();
    this.unread = new Set();
    this.current = null;
  }

  set(places) {
    this.places = places;
    for (const place of places) if (!this.logs.has(place.id)) this.logs.set(place.id, make("div", { class: "messages" }));
    this.current ??= places[0]?.id ?? null;
  }

  /** Put a message where it belongs, or its new version in the old one's place. */
  put(message) {
    const before = this.elements.get(message.id);
    const after = this.draw(message);
    after.dataset.message = message.id;
    this.messages.set(message.id, message);
    this.elements.set(message.id, after);
    const atEnd = this.isAtEnd();
    if (before) replaceKeepingFocus(before, after);
    else {
      this.insert(message, after);
      if (message.place !== this.current) this.unread.add(message.place);
    }
    if (atEnd) this.toEnd();
    return !before;
  }

  /** At the end, or at the end of its thread. */
  insert(message, element) {
    const log = this.logs.get(message.place);
    const thread = message.thread ? log?.querySelectorAll(`[data-thread="${CSS.escape(message.thread)}"]`) : [];
    if (thread?.length) thread[thread.length - 1].after(element);
    else log?.append(element);
  }

  /** Draw a place anew that holds no messages; the focus stays in it. */
  fill(id, after) {
    const before = this.logs.get(id);
    const focused = before.contains(document.activeElement);
    this.logs.set(id, after);
    replaceKeepingFocus(before, after);
    if (focused && !after.contains(document.activeElement)) byId("log").focus();
  }

  remove(id) {
    this.elements.get(id)?.remove();
    this.elements.delete(id);
    this.messages.delete(id);
  }

  isAtEnd() {
    const log = byId("log");
    return log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  }

  toEnd() {
    const log = byId("log");
    log.scrollTop = log.scrollHeight;
  }

  go(id) {
    this.current = id;
    this.unread.delete(id);
    this.show();
    this.switched();
    byId(this.writable ? "say" : "log").focus();
  }

  /** Draw the list of places, and the current one's messages. */
  show() {
    byId("places").replaceChildren(...this.places.map((place) => make("li", {}, make("button", {
      type: "button", class: "place", "aria-current": place.id === this.current ? "page" : null,
      onclick: () => this.go(place.id),
    }, make("span", { "aria-hidden": "true" }, { channel: "#", thread: "↳", private: "@", home: "⌂" }[place.kind]), ` ${place.name}`,
    this.unread.has(place.id) ? make("span", { class: "unread" }, "new") : null))));
    const log = this.logs.get(this.current);
    if (log && byId("log").firstChild !== log) {
      byId("log").replaceChildren(log);
      byId("log").setAttribute("aria-label", this.writable ? "Messages" : this.place.name);
      byId("log").setAttribute("aria-live", this.writable ? "polite" : "off");
      if (this.writable) this.toEnd();
      else byId("log").scrollTop = 0;
    }
  }

  /** Whether there is anything to write to; a home tab has no messages. */
  get writable() {
    return this.place?.kind !== "home";
  }

  get place() {
    return this.places.find((place) => place.id === this.current);
  }
}
