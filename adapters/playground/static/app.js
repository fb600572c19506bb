// The page: which platform is looked at, and who hears what.

import { Builder } from "./builder.js";
import { Composer } from "./composer.js";
import { Discord } from "./discord.js";
import { byId, make } from "./dom.js";
import { Filters } from "./filters.js";

import { Slack } from "./slack.js";
import { Wire } from "./wire.js";

const KINDS = { discord: Discord, slack: Slack };
const NOTICE_MS = 6000;
const PHONE = matchMedia("(max-width: 900px)");

class App {
  constructor() {
    this.platforms = {};
    this.platform = null;
    this.askedAt = null;
    this.composer = new Composer(this);
    this.wire = new Wire((news) => this.hear(news), (isOpen) => this.connected(isOpen));
  }

  send(action) {
    this.wire.send(action);
  }

  connected(isOpen) {
    document.body.dataset.connected = String(isOpen);
    byId("connection").textContent = isOpen ? "" : "Not connected; trying again…";
  }

  hear(news) {
    if (news.type === "hello") return this.begin(news);
    this.builder?.hear(news);
    if (news.type === "problem") this.notice(news.text);
    return this.platforms[news.platform]?.hear?.(news);
  }

  begin(greeting) {
    this.builder = new Builder(this, greeting);
    this.filters = new Filters(greeting.genres, greeting.services);
    this.platforms = Object.fromEntries(Object.entries(greeting.platforms).map(([name, told]) => [name, new KINDS[name](this, told)]));
    byId("platforms").replaceChildren(...Object.values(this.platforms).map((platform) => make("button", {
      type: "button", role: "tab", id: `tab-${platform.name}`, "aria-controls": "chat", "aria-selected": "false", tabindex: "-1",
      onclick: () => this.look(platform.name), onkeydown: (event) => this.tabbed(event),
    }, platform.label)));
    this.look(Object.keys(this.platforms)[0]);
  }

  tabbed(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const names = Object.keys(this.platforms);
    const step = event.key === "ArrowRight" ? 1 : names.length - 1;
    const next = names[(names.indexOf(this.platform.name) + step) % names.length];
    this.look(next);
    byId(`tab-${next}`).focus();
  }

  /** Switch to a platform. */
  look(name) {
    this.platform = this.platforms[name];
    document.body.dataset.platform = name;
    for (const tab of byId("platforms").children) {
      const chosen = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    byId("guild").textContent = this.platform.title;
    byId("typing").textContent = "";
    this.platform.places.show();
    this.switchedPlace();
  }

  switchedPlace() {
    this.composer.reset();
    if (!PHONE.matches) byId("say").focus();
    byId("say").setSelectionRange?.(byId("say").value.length, byId("say").value.length);
  }

  /** Something changed on a platform. */
  refresh(name) {
    if (this.platform?.name !== name) return;
    const first = byId("log").firstChild;
    this.platform.places.show();
    if (!first && byId("log").firstChild) this.composer.reset();
  }

  /** Somebody asked something just now. */
  asked() {
    this.askedAt = performance.now();
  }

  /** A message came, or changed. */
  answered(name, isNew, message, byBot) {
    if (!byBot) return;
    if (!message.ephemeral) this.builder.edited(message);
    if (this.askedAt === null || !(message.content || message.loading)) return;
    const began = this.askedAt;
    this.askedAt = null;
    requestAnimationFrame(() => this.builder.visible(performance.now() - began));
  }

  notice(text) {
    byId("notice").textContent = text;
    clearTimeout(this.noticeEnds);
    this.noticeEnds = setTimeout(() => { byId("notice").textContent = ""; }, NOTICE_MS);
  }
}

function themed(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  byId("theme").setAttribute("aria-pressed", String(dark));
}

function panelled(isOpen) {
  document.body.dataset.panel = isOpen ? "open" : "closed";
  byId("panel-toggle").setAttribute("aria-expanded", String(isOpen));
}

themed(matchMedia("(prefers-color-scheme: dark)").matches);
panelled(!PHONE.matches);
byId("theme").addEventListener("click", () => themed(document.documentElement.dataset.theme !== "dark"));
byId("panel-toggle").addEventListener("click", () => {
  panelled(document.body.dataset.panel !== "open");
  if (PHONE.matches && document.body.dataset.panel === "open") byId("builder").focus();
});
byId("builder").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && PHONE.matches) {
    panelled(false);
    byId("panel-toggle").focus();
  }
});
new App();
