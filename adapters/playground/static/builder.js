// The side panel: what the core understood and weighed, what went over the wire, and switches for faults.

import { byId, make } from "./dom.js";

const PARTS = [["relevance", "Relevance"], ["rating", "Rating"], ["popularity", "Popularity"], ["described", "Described"]];
const STAGES = { understand: "Understand", encode: "Encode", search: "Search", rank: "Rank", answer: "Answer" };
const MOST_EXCHANGES = 60;

export class Builder {
  constructor(app, greeting) {
    this.app = app;
    this.turns = new Map();
    this.last = null;
    this.seen = make("p", { class: "faint" }, "Ask something, and this panel shows how the answer comes about.");
    this.understood = make("div", {}, this.seen);
    this.candidates = make("div", { class: "candidates" });
    this.timings = make("div", {});
    this.edits = make("div", {}, make("p", { class: "faint" }, "No message of the bot's yet."));
    this.budget = make("p", {}, "No call counted yet.");
    this.exchanges = make("ol", { class: "exchanges" });
    this.count = make("span", {}, "0");
    this.faults = this.switches(greeting);
    byId("builder").replaceChildren(
      section("Understood", this.understood), section("Candidates", this.candidates), section("Time", this.timings),
      section("Edits and budget", this.budget, this.edits), section("Faults", this.faults),
      make("details", {}, make("summary", {}, "On the wire ", this.count), this.exchanges));
  }

  switches(greeting) {
    this.writer = make("select", { id: "writer", onchange: () => this.app.send({ do: "write_by", writer: this.writer.value }) },
      greeting.writers.map((writer) => make("option", { value: writer.name, selected: writer.name === greeting.writer }, writer.label)));
    this.refusals = make("p", { class: "faint", role: "status" });
    return make("div", { class: "switches" }, make("label", { for: "writer" }, "Who writes the answers"), this.writer,
      make("div", { class: "row" },
        make("button", { type: "button", class: "secondary", id: "refuse", onclick: () => this.app.send({ do: "refuse", platform: this.app.platform.name, calls: 3 }) }, "Refuse 3 calls (429)"),
        make("button", { type: "button", class: "secondary", id: "drop", onclick: () => this.app.send({ do: "drop", platform: this.app.platform.name }) }, "Drop the connection")),
      this.refusals);
  }

  hear(news) {
    switch (news.type) {
      case "turn": this.turn(news); break;
      case "exchange": this.exchange(news); break;
      case "budget": this.counted(news); break;
      case "refusals": this.refusing(news.refusals); break;
      case "writer": this.writer.value = news.writer; break;
      case "dropped": this.refusals.textContent = "The connection was lost; the bot resumes it, and misses nothing."; break;
      case "acknowledged": this.acknowledged = news.milliseconds; break;
      default:
    }
  }

  turn(news) {
    const turn = { ...this.turns.get(news.turn), ...news };
    turn.picks = [...(this.turns.get(news.turn)?.picks ?? []), ...(news.picked ? [news.picked] : [])];
    this.turns.set(news.turn, turn);
    this.last = turn;
    this.showTurn(turn);
  }

  showTurn(turn) {
    if (turn.intent === undefined) return;
    const chips = [...turn.chips.map((chip) => this.chip(turn.platform, chip)), ...turn.dropped.map((chip) => make("li", {}, make("s", {}, chip)))];
    this.understood.replaceChildren(
      make("p", {}, make("span", { class: "intent" }, turn.intent), " ", make("q", {}, turn.text)),
      chips.length ? make("ul", { class: "chips", "aria-label": "Filters" }, chips) : make("p", { class: "faint" }, "No filters."),
      make("p", { class: "faint" }, "Searched for in sense: ", turn.search_text || "nothing"));
    const most = Math.max(...turn.candidates.map((candidate) => candidate.score.total), 0.001);
    this.candidates.replaceChildren(legend(), make("ol", { tabindex: "0", "aria-label": "Candidates, best first" }, turn.candidates.map((candidate) => bar(candidate, most, turn.picks.includes(candidate.id)))));
    if (turn.end !== undefined) this.showTimings(turn);
  }

  /** Taken away, the rest is asked for anew. */
  chip(platform, { text, query, options }) {
    return make("li", {}, text, make("button", {
      type: "button", class: "off", "aria-label": `Ask again without: ${text}`, title: "Ask again without it",
      onclick: () => { this.app.asked(); this.app.platforms[platform].ask(query, options); },
    }));
  }

  showTimings(turn) {
    const rows = Object.entries(turn.timings_ms ?? {});
    const most = Math.max(...rows.map(([, spent]) => spent), 1);
    this.timings.replaceChildren(
      make("dl", { class: "times" }, rows.flatMap(([stage, spent]) => [make("dt", {}, STAGES[stage] ?? stage), make("dd", {}, length(spent / most, "time"), ` ${spent.toFixed(1)} ms`)])),
      make("p", { class: "faint" }, [`First text of the core after ${turn.first_text_ms ?? "—"} ms, end after ${turn.total_ms} ms`,
        `written by ${turn.written_by || "the composer"}`, turn.fault ? `fault: ${turn.fault}` : "",
        turn.usage?.output_tokens ? `${turn.usage.input_tokens} tokens in, ${turn.usage.output_tokens} out` : ""].filter(Boolean).join(" · ")));
    this.timings.dataset.end = turn.end;
    this.timings.dataset.fault = turn.fault ?? "";
    this.timings.dataset.writer = turn.written_by || "composer";
    this.showVisible();
  }

  /** When the page showed the bot's first words, from when Enter was pressed. */
  visible(milliseconds) {
    this.visibleMs = milliseconds;
    this.showVisible();
  }

  showVisible() {
    if (this.visibleMs === undefined) return;
    this.timings.querySelector(".visible")?.remove();
    this.timings.append(make("p", { class: "visible", "data-milliseconds": Math.round(this.visibleMs) }, `First text on the page ${Math.round(this.visibleMs)} ms after Enter.`));
  }

  /** How a message of the bot's came about. */
  edited(message) {
    const edits = message.edits;
    if (!edits?.length) return;
    const most = Math.max(...edits.map((edit) => edit.characters), 1);
    this.edits.replaceChildren(make("p", {}, `${counted(edits.length - 1, "edit")} of the last message`),
      make("ol", { class: "edits" }, edits.map((edit) => make("li", {}, length(edit.characters / most, "time"), ` ${(edit.milliseconds / 1000).toFixed(1)} s, ${edit.characters} characters`))));
  }

  counted(news) {
    this.budget.textContent = news.limit === undefined ? `${news.bucket}: ${news.refused ? "refused" : "taken"}`
      : `${news.bucket}: ${news.left} of ${news.limit} calls left for ${news.seconds.toFixed(1)} s${news.refused ? ", refused (429)" : ""}`;
    if (news.refusals !== undefined) this.refusing(news.refusals);
  }

  refusing(refusals) {
    this.refusals.textContent = refusals ? `The next ${counted(refusals, "call")} ${refusals === 1 ? "is" : "are"} refused.` : "";
  }

  exchange(news) {
    const item = make("li", {}, make("details", { class: news.status >= 400 ? "bad" : "" },
      make("summary", {}, make("strong", {}, String(news.status)), ` ${news.method} ${news.route}`),
      make("p", { class: "faint" }, "Sent"), make("pre", { tabindex: "0" }, shown(news.sent)), make("p", { class: "faint" }, "Answered"), make("pre", { tabindex: "0" }, shown(news.answer))));
    this.exchanges.prepend(item);
    while (this.exchanges.children.length > MOST_EXCHANGES) this.exchanges.lastChild.remove();
    this.count.textContent = String(Number(this.count.textContent) + 1);
  }
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

const shown = (value) => (value === null ? "nothing" : JSON.stringify(value, null, 1));

const section = (title, ...children) => make("details", { open: true }, make("summary", {}, title), ...children);

function length(share, kind) {
  const made = make("span", { class: `length ${kind}`, "aria-hidden": "true" });
  made.style.setProperty("--share", `${Math.max(share, 0) * 100}%`);
  return made;
}

const legend = () => make("p", { class: "legend" }, PARTS.map(([key, name]) => make("span", { class: `key ${key}` }, name)));

function bar(candidate, most, picked) {
  const parts = PARTS.map(([key, name]) => [key, name, candidate.score[key]]);
  return make("li", { class: picked ? "picked" : null, title: parts.map(([, name, value]) => `${name} ${value.toFixed(3)}`).join(", ") },
    make("span", { class: "label" }, candidate.label, picked ? make("span", { class: "tag" }, "picked") : null),
    make("span", { class: "bar", "aria-hidden": "true" }, parts.map(([key, , value]) => length(value / most, key))),
    make("span", { class: "total" }, candidate.score.total.toFixed(3)));
}
