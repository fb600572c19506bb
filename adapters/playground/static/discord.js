// Discord as it looks: messages with cards and buttons, commands with options, forms.

import { byId, emoji, link, make, picture } from "./dom.js";
import { openForm } from "./forms.js";
import { commonmark } from "./markdown.js";
import { FIND_LIKE, Platform } from "./platform.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const [STRING, INTEGER, BOOLEAN, NUMBER] = [3, 4, 5, 10];
const TYPING_MS = 9000;

export class Discord extends Platform {
  constructor(app, greeting) {
    super(app, greeting, "discord", "Discord", greeting.guild);
    this.replyTo = null;
    this.commands = commandsOf(greeting.commands);
  }

  get hint() {
    return this.places.place?.kind === "private"
      ? "Private: write as you like. / for commands."
      : "A message that mentions @Matinee is answered. / for commands.";
  }

  get placeholder() {
    return `Message ${this.places.place?.kind === "private" ? "@" : "#"}${this.places.place?.name ?? ""}`;
  }

  /** What a new message begins with. */
  get opening() {
    return this.places.place?.kind === "private" ? "" : "@Matinee ";
  }

  say(text) {
    this.send({ do: "say", place: this.places.current, text, reply_to: this.replyTo });
    this.reply(null);
  }

  run(command, options) {
    this.send({ do: "command", place: this.places.current, name: command.name, options });
  }

  /** A wish with filters is one command. */
  ask(text, filters) {
    const query = text.replaceAll("@Matinee", "").trim() || "anything good";
    this.run({ name: "recommend" }, { query, ...filters });
  }

  /** Choices for an option while it is typed; they come later, if at all. */
  choices(command, options, focused, offer) {
    this.awaited.clear();
    this.type({ place: this.places.current, name: command.name, options, focused }, offer);
  }

  reply(message) {
    this.replyTo = message?.id ?? null;
    const bar = byId("replying");
    bar.hidden = !message;
    if (!message) return;
    bar.replaceChildren(`Replying to ${this.who(message.author)} `,
      make("button", { type: "button", class: "plain small", onclick: () => this.reply(null) }, "Cancel"));
    byId("say").focus();
  }

  heardOther(news) {
    if (news.type === "typing") {
      if (news.place === this.places.current) this.typing();
    } else if (news.type === "modal") {
      openForm(fieldsOf(news.form), (values) => this.send({ do: "submit", modal: news.modal, values }));
    } else return false;
    return true;
  }

  typing() {
    byId("typing").textContent = "Matinee is typing…";
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => { byId("typing").textContent = ""; }, TYPING_MS);
  }

  // --- messages ---

  message(message) {
    const { names, bot } = this.greeting;
    const own = message.author === bot;
    if (own) byId("typing").textContent = "";
    const before = this.places.messages.get(message.reply_to);
    const edited = message.edits.length > 1 && !message.loading;
    return make("article", { class: `message${message.ephemeral ? " ephemeral" : ""}`, "aria-label": `${this.who(message.author)} wrote` },
      before ? make("p", { class: "reference" }, `↱ ${this.who(before.author)}: ${plain(before.content, names)}`) : null,
      this.avatar(own),
      make("div", { class: "inside" },
        make("p", { class: "author" }, make("strong", {}, this.who(message.author)),
          own ? make("span", { class: "tag" }, "App") : null,
          edited ? make("span", { class: "faint" }, "(edited)") : null,
          message.ephemeral ? make("span", { class: "faint" }, "Only you can see this") : null),
        message.loading && !message.content
          ? make("p", { class: "thinking" }, "Matinee is thinking…")
          : make("div", { class: "text" }, commonmark(message.content, names)),
        message.embeds.length ? make("div", { class: "embeds" }, message.embeds.map((embed) => this.embed(embed))) : null,
        this.files(message),
        message.components.map((row) => this.row(message, row)),
        message.reactions.length ? make("p", { class: "reactions" }, message.reactions.map((sign) => make("span", {}, `${sign} 1`))) : null),
      message.ephemeral ? null : make("div", { class: "menu" },
        make("button", { type: "button", "data-focus": "reply", onclick: () => this.reply(message) }, "Reply"),
        make("button", {
          type: "button", "data-focus": "menu", onclick: () => this.send({ do: "menu", message: message.id, name: FIND_LIKE }),
        }, FIND_LIKE)));
  }

  embed(embed) {
    const card = make("section", { class: "embed", "aria-label": embed.title ?? "Card" },
      make("div", { class: "embed-text" },
        embed.title ? make("h3", {}, embed.url ? link(embed.url, unescapedTitle(embed.title)) : unescapedTitle(embed.title)) : null,
        make("div", { class: "text" }, commonmark(embed.description ?? "", this.greeting.names)),
        embed.footer ? make("p", { class: "faint" }, embed.footer.text) : null),
      picture(embed.thumbnail?.url, embed.thumbnail?.description ?? `No poster of ${unescapedTitle(embed.title ?? "")}`, unescapedTitle(embed.title ?? "?")));
    card.style.setProperty("--edge", `#${(embed.color ?? 0).toString(16).padStart(6, "0")}`);
    return card;
  }

  row(message, row) {
    return make("div", { class: "row" }, row.components.map((item) => (item.type === 3 ? this.select(message, item) : this.button(message, item))));
  }

  button(message, item) {
    const sign = item.emoji?.name;
    const label = [sign ? emoji(sign) : null, item.label];
    if (item.url) return link(item.url, ...label);
    const spoken = { "👍": "I like it", "👎": "I don't like it" }[sign] ?? null;
    return make("button", {
      type: "button", class: STYLES[item.style] ?? "secondary", disabled: Boolean(item.disabled), "aria-label": spoken,
      title: spoken, "data-focus": item.custom_id,
      onclick: () => this.send({ do: "press", message: message.id, custom_id: item.custom_id }),
    }, label);
  }

  select(message, item) {
    const several = (item.max_values ?? 1) > 1;
    const press = (values) => this.send({ do: "press", message: message.id, custom_id: item.custom_id, values });
    const legend = make("legend", { class: item.placeholder === message.content ? "hidden" : null }, item.placeholder ?? "Choose");
    return this.choicesUnder(legend, item.options, several, press);
  }
}

const plain = (text, names) => text.replace(/<@!?(\w+)>/g, (_, user) => `@${names[user] ?? "someone"}`).replace(/[*`~\\]/g, "").slice(0, 90);

const unescapedTitle = (text) => text.replace(/\\([!-/:-@[-`{-~])/g, "$1");

/** Commands with their options, those of groups among them; menus are no commands that one types. */
function commandsOf(registered) {
  return registered.filter((command) => (command.type ?? 1) === 1).flatMap((command) => {
    const inner = (command.options ?? []).filter((option) => option.type === 1);
    if (inner.length) {
      return inner.map((option) => ({ name: `${command.name} ${option.name}`, description: option.description, options: (option.options ?? []).map(optionOf) }));
    }
    return [{ name: command.name, description: command.description, options: (command.options ?? []).map(optionOf) }];
  });
}

function optionOf(option) {
  const kind = { [STRING]: "text", [INTEGER]: "whole", [BOOLEAN]: "check", [NUMBER]: "number" }[option.type] ?? "text";
  return {
    name: option.name, description: option.description, required: Boolean(option.required), kind,
    choices: option.choices?.map((choice) => ({ label: choice.name, value: choice.value })),
    completes: Boolean(option.autocomplete), min: option.min_value, max: option.max_value,
  };
}

function fieldsOf(form) {
  const inputs = form.components.flatMap((item) => (item.component
    ? [{ ...item.component, label: item.label, description: item.description }] : item.components ?? []));
  return {
    title: form.title,
    submit: "Submit",
    fields: inputs.map((item) => ({
      name: item.custom_id, label: item.label, note: item.description, value: item.value ?? "", placeholder: item.placeholder ?? "",
      required: item.required !== false, long: item.style === 2, most: item.max_length,
    })),
  };
}
