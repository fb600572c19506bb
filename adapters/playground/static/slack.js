// Slack as it looks: threads, blocks, streamed answers, forms.

import { byId, emoji, link, make, picture } from "./dom.js";
import { closeForm, openForm } from "./forms.js";
import { commonmark, mrkdwn } from "./markdown.js";
import { FIND_LIKE, Platform } from "./platform.js";

const FLAGS = { type: "type", genres: "genre", without: "without", services: "on", min_rating: "rating", max_runtime: "length", language: "lang" };

export class Slack extends Platform {
  constructor(app, greeting) {
    super(app, greeting, "slack", "Slack", greeting.workspace);
    this.typesCommands = true;
    this.filterHint = "With filters it is sent as /recommend, with flags behind it.";
    this.thread = null;
    this.commands = greeting.commands.map((command) => ({ ...command, name: command.name.slice(1) }));
    this.shownAt = new Map();
  }

  get hint() {
    if (!this.places.writable) return "Home has no messages; go to the channel or to Matinee to write.";
    return this.places.place?.kind === "private"
      ? "With the bot: write as you like. / for commands."
      : "A message that mentions @Matinee is answered in a thread. / for commands.";
  }

  get placeholder() {
    return `Message ${this.places.place?.kind === "private" ? "" : "#"}${this.places.place?.name ?? ""}`;
  }

  get opening() {
    return this.places.place?.kind === "private" || this.thread ? "" : "@Matinee ";
  }

  entered() {
    this.reply(null);
    if (!this.places.writable) this.send({ do: "home" });
  }

  /** From Home, in the conversation with Matinee. */
  say(text) {
    if (!this.places.writable) this.places.go(this.places.places.find((place) => place.kind === "private").id);
    const command = /^(\/[\w-]+)\s*(.*)$/s.exec(text);
    if (command) this.send({ do: "command", place: this.places.current, name: command[1], text: command[2] });
    else this.send({ do: "say", place: this.places.current, text, thread: this.thread });
  }

  /** A wish with filters is a command with flags. */
  ask(text, filters) {
    const quoted = (value) => String(value).split(", ").map((item) => (/\s/.test(item) ? `"${item}"` : item)).join(",");
    const flags = Object.entries(FLAGS).filter(([name]) => filters[name]).map(([name, flag]) => `${flag}:${quoted(filters[name])}`);
    if (filters.year_from || filters.year_to) flags.push(`year:${filters.year_from ?? ""}-${filters.year_to ?? ""}`);
    this.say(`/recommend ${text.replaceAll("@Matinee", "").trim()} ${flags.join(" ")}`);
  }

  reply(message) {
    this.thread = message ? message.thread ?? message.id : null;
    const bar = byId("replying");
    bar.hidden = !message;
    if (message) {
      bar.replaceChildren("Replying in the thread ", make("button", { type: "button", class: "plain small", onclick: () => this.reply(null) }, "Back to the channel"));
    }
    byId("say").value = this.opening;
    byId("say").focus();
  }

  heardOther(news) {
    if (news.type === "status") byId("typing").textContent = news.text ? `Matinee ${news.text}` : "";
    else if (news.type === "view") this.view(news.view);
    else if (news.type === "home") this.home(news.view);
    else return false;
    return true;
  }

  heard(message) {
    const now = performance.now();
    const shown = this.shownAt.get(message.id) ?? [];
    shown.push(now);
    this.shownAt.set(message.id, shown);
    message.content = message.text || (message.blocks.length ? "blocks" : "");
    message.edits = shown.map((at, place) => ({
      milliseconds: at - shown[0], characters: message.lengths[Math.min(place, message.lengths.length - 1)],
    }));
    super.heard(message);
  }

  // --- messages ---

  message(message) {
    const { bot } = this.greeting;
    const own = message.author === bot;
    const classes = ["message", message.ephemeral ? "ephemeral" : "", message.thread ? "reply" : ""].filter(Boolean).join(" ");
    return make("article", { class: classes, "aria-label": `${this.who(message.author)} wrote`, "data-thread": message.thread ?? message.id },
      this.avatar(own),
      make("div", { class: "inside" },
        make("p", { class: "author" }, make("strong", {}, this.who(message.author)),
          own ? make("span", { class: "tag" }, "App") : null,
          message.running ? make("span", { class: "faint" }, "is writing…") : null,
          message.edited ? make("span", { class: "faint" }, "(edited)") : null,
          message.ephemeral ? make("span", { class: "faint" }, "Only visible to you") : null),
        message.tasks.map((task) => make("p", { class: "faint" }, `${task.status === "complete" ? "✓" : "…"} ${task.title}`)),
        this.body(message),
        this.files(message),
        Object.keys(message.reactions).length
          ? make("p", { class: "reactions" }, Object.entries(message.reactions).map(([name, count]) => make("span", {}, `:${name}: ${count}`))) : null),
      message.ephemeral ? null : make("div", { class: "menu" },
        make("button", { type: "button", "data-focus": "reply", onclick: () => this.reply(message) }, "Reply in thread"),
        make("button", { type: "button", "data-focus": "menu", onclick: () => this.send({ do: "menu", message: message.id }) }, FIND_LIKE)));
  }

  /** Blocks are shown in place of the text, but beside it where it was streamed. */
  body(message) {
    const { names } = this.greeting;
    const blocks = message.blocks.map((block) => this.block(message, block));
    const text = message.markdown ? commonmark(message.text, names) : mrkdwn(message.text, names);
    return [message.markdown || !blocks.length ? make("div", { class: "text" }, text) : null, blocks];
  }

  text(object) {
    return object.type === "mrkdwn" ? mrkdwn(object.text, this.greeting.names) : [object.text];
  }

  block(where, block) {
    switch (block.type) {
      case "section":
        return this.section(where, block);
      case "markdown":
        return make("div", { class: "text" }, commonmark(block.text, this.greeting.names));
      case "header":
        return make("p", { class: "heading" }, block.text.text);
      case "context":
        return make("div", { class: "faint text" }, block.elements.map((item) => (item.type === "image" ? null : this.text(item))));
      case "divider":
        return make("hr", {});
      case "image":
        return picture(block.image_url, block.alt_text, block.alt_text.replace("Poster of ", ""));
      case "actions":
        return make("div", { class: "row" }, block.elements.map((item) => this.element(where, item)));
      case "rich_text":
        return make("div", { class: "text rich" }, block.elements.map((item) => this.rich(item)));
      case "carousel":
        return make("div", { class: "carousel", role: "group", "aria-label": "Titles", tabindex: "0" }, block.elements.map((card) => this.card(where, card)));
      case "card":
        return this.card(where, block);
      default:
        return make("p", { class: "faint" }, `(${block.type})`);
    }
  }

  /** What stands beside the text is about what is bold in it first. */
  section(where, block) {
    const text = make("div", { class: "text" }, block.text ? this.text(block.text) : "", (block.fields ?? []).map((field) => make("div", {}, this.text(field))));
    const about = text.querySelector("strong")?.textContent ?? "";
    return make("div", { class: "section" }, text, block.accessory ? this.element(where, block.accessory, about) : null);
  }

  rich(part) {
    if (part.type === "rich_text_list") return make(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((item) => make("li", {}, this.rich(item))));
    return make("p", {}, part.elements.map((item) => {
      if (item.type === "user") return make("span", { class: "mention" }, `@${this.greeting.names[item.user_id] ?? "someone"}`);
      if (item.type === "link") return link(item.url, item.text ?? item.url);
      return item.style?.bold ? make("strong", {}, item.text) : item.text ?? "";
    }));
  }

  card(where, card) {
    const name = card.hero_image?.alt_text.replace("Poster of ", "") ?? card.title.text.replace(/^<[^|]*\||>$/g, "");
    return make("section", { class: "card", "aria-label": name },
      picture(card.hero_image?.image_url, card.hero_image?.alt_text ?? `No poster of ${name}`, name, "poster hero"),
      make("div", { class: "card-text" }, make("div", { class: "title" }, this.text(card.title)),
        card.subtitle ? make("div", { class: "faint" }, this.text(card.subtitle)) : null,
        card.body ? make("div", { class: "text" }, this.text(card.body)) : null),
      make("div", { class: "row" }, (card.actions ?? []).map((item) => this.element(where, item, ` ${name}`))));
  }

  element(where, item, about = "") {
    if (item.type === "image") return picture(item.image_url, item.alt_text, item.alt_text.replace("Poster of ", ""));
    if (item.type === "button") {
      const label = item.text.text;
      return make("button", {
        type: "button", class: item.style === "primary" ? "primary" : item.style === "danger" ? "danger" : "secondary",
        "aria-label": item.accessibility_label ?? (about ? `${label}: ${about.trim()}` : null), "data-focus": item.action_id,
        onclick: () => this.send({ do: "press", ...named(where), action_id: item.action_id, value: item.value }),
      }, emoji(label));
    }
    const choose = (values) => this.send({ do: "choose", ...named(where), action_id: item.action_id, values });
    if (item.type === "overflow") {
      return make("div", { class: "row", role: "group", "aria-label": about || "More" }, optionsOf(item.options).map((option) => make("button", {
        type: "button", class: "secondary small", "aria-label": about ? `${option.label}: ${about}` : null, "data-focus": `${item.action_id} ${option.value}`,
        onclick: () => choose([option.value]),
      }, option.label)));
    }
    const several = item.type === "multi_static_select" || item.type === "checkboxes";
    if (several || item.type === "static_select") {
      const legend = make("legend", {}, item.placeholder?.text ?? "Choose");
      return this.choicesUnder(legend, optionsOf(item.options), several, choose);
    }
    return null;
  }

  // --- the home tab, and forms ---

  home(view) {
    this.places.fill("home", make("div", { class: "messages home" }, view.body.blocks.map((block) => this.block(view, block))));
  }

  view(view) {
    if (!view.open) return closeForm(view.id);
    const inputs = view.body.blocks.filter((block) => block.type === "input");
    openForm({
      id: view.id, title: view.body.title.text, submit: view.body.submit?.text ?? "Submit", close: view.body.close?.text,
      notes: view.body.blocks.filter((block) => block.type === "section" || block.type === "context").map((block) => this.block(view, block)),
      fields: inputs.map((block) => ({ ...this.field(view, block.element), label: block.label.text, note: block.hint?.text, required: block.optional === false, error: view.errors[block.block_id] })),
      stays: true, cancelled: () => this.send({ do: "close", view: view.id }),
    }, (values) => this.send({ do: "submit", view: view.id, values }));
    return undefined;
  }

  field(view, element) {
    const several = ["multi_static_select", "multi_external_select", "checkboxes"].includes(element.type);
    const shared = {
      name: element.action_id, several, placeholder: element.placeholder?.text ?? "", long: Boolean(element.multiline), most: element.max_length,
      numeric: element.type === "number_input",
    };
    if (element.type === "multi_external_select") {
      return {
        ...shared, chosen: optionsOf(element.initial_options),
        offer: (typed, offer) => this.type({ view: view.id, action_id: element.action_id, typed }, offer),
      };
    }
    if (element.options) {
      const value = several ? optionsOf(element.initial_options).map((option) => option.value) : element.initial_option?.value;
      return { ...shared, choices: optionsOf(element.options), value, bare: true };
    }
    return { ...shared, value: element.initial_value ?? "" };
  }
}

/** What has blocks, a message or a view, as what is done in it names it. */
const named = (where) => (where.body ? { view: where.id } : { message: where.id });

const optionsOf = (list) => (list ?? []).map((option) => ({ label: option.text.text, value: option.value }));
