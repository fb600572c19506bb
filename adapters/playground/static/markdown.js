// Discord's and Slack's markup as elements. The text is never parsed as HTML.

import { link, make } from "./dom.js";

// Each alternative's contents may hold escaped signs; the first that begins earliest wins.
const INSIDE = String.raw`((?:\\.|[^\\])+?)`;
const COMMONMARK = new RegExp([
  String.raw`\\(?<escaped>[!-/:-@\[-\`{-~])`,
  "(?<ticks>`+)(?<code>.+?)\\k<ticks>",
  String.raw`\|\|(?<spoiler>${INSIDE})\|\|`,
  String.raw`\*\*(?<bold>${INSIDE})\*\*(?!\*)`,
  String.raw`__(?<underlined>${INSIDE})__`,
  String.raw`~~(?<struck>${INSIDE})~~`,
  String.raw`\*(?=\S)(?<italic>${INSIDE})\*`,
  String.raw`(?<!\w)_(?=\S)(?<italic2>${INSIDE})_(?!\w)`,
  String.raw`\[(?<label>(?:\\.|[^\]\\])+)\]\(<?(?<address>https?://[^\s)>]+)>?\)`,
  String.raw`<(?<bracketed>https?://[^>\s]+)>`,
  String.raw`(?<bare>https?://[^\s<>)]+)`,
  String.raw`<@!?(?<user>\w+)>`,
].join("|"), "s");

const MRKDWN = new RegExp([
  "`(?<code>[^`\\n]+)`",
  String.raw`(?<![\w*])\*(?=\S)(?<bold>[^*\n]+?)\*(?!\w)`,
  String.raw`(?<!\w)_(?=\S)(?<italic>[^_\n]+?)_(?!\w)`,
  String.raw`(?<!\w)~(?=\S)(?<struck>[^~\n]+?)~(?!\w)`,
  String.raw`<@(?<user>\w+)(?:\|[^>]*)?>`,
  String.raw`<(?<address>https?://[^|>\s]+)(?:\|(?<label>[^>]*))?>`,
  String.raw`<!date\^\d+\^[^|>]*\|(?<date>[^>]*)>`,
].join("|"), "s");

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function mention(user, names) {
  return make("span", { class: "mention" }, `@${names[user] ?? "someone"}`);
}

function spoiler(children) {
  const shown = make("button", { type: "button", class: "spoiler", "aria-label": "Show the spoiler" }, make("span", {}, children));
  shown.addEventListener("click", () => shown.replaceWith(make("span", { class: "spoiled" }, ...shown.firstChild.childNodes)));
  return shown;
}

function inlineCommonmark(text, names) {
  const made = [];
  for (let rest = text; rest; ) {
    const found = COMMONMARK.exec(rest);
    if (!found) return [...made, rest];
    if (found.index) made.push(rest.slice(0, found.index));
    rest = rest.slice(found.index + found[0].length);
    const part = found.groups;
    const within = (inner) => inlineCommonmark(inner, names);
    if (part.escaped) made.push(part.escaped);
    else if (part.code) made.push(make("code", {}, part.code));
    else if (part.spoiler) made.push(spoiler(within(part.spoiler)));
    else if (part.bold) made.push(make("strong", {}, within(part.bold)));
    else if (part.underlined) made.push(make("u", {}, within(part.underlined)));
    else if (part.struck) made.push(make("s", {}, within(part.struck)));
    else if (part.italic ?? part.italic2) made.push(make("em", {}, within(part.italic ?? part.italic2)));
    else if (part.label) made.push(link(part.address, within(part.label)));
    else if (part.bracketed ?? part.bare) made.push(link(part.bracketed ?? part.bare, part.bracketed ?? part.bare));
    else made.push(mention(part.user, names));
  }
  return made;
}

function inlineMrkdwn(text, names) {
  const made = [];
  for (let rest = text; rest; ) {
    const found = MRKDWN.exec(rest);
    if (!found) return [...made, unescaped(rest)];
    if (found.index) made.push(unescaped(rest.slice(0, found.index)));
    rest = rest.slice(found.index + found[0].length);
    const part = found.groups;
    const within = (inner) => inlineMrkdwn(inner, names);
    if (part.code) made.push(make("code", {}, unescaped(part.code)));
    else if (part.bold) made.push(make("strong", {}, within(part.bold)));
    else if (part.italic) made.push(make("em", {}, within(part.italic)));
    else if (part.struck) made.push(make("s", {}, within(part.struck)));
    else if (part.user) made.push(mention(part.user, names));
    else if (part.date) made.push(unescaped(part.date));
    else made.push(link(unescaped(part.address), unescaped(part.label ?? part.address)));
  }
  return made;
}

const ITEM = /^ {0,3}(?:(\d{1,3})[.)]|[-*•])\s+(.*)$/;

/** Lines as blocks: paragraphs, lists, quotes, headings, code. */
function blocks(text, inline) {
  const made = [];
  const lines = text.split("\n");
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) {
      made.push(make("p", {}, paragraph.flatMap((line, place) => (place ? [make("br"), ...inline(line)] : inline(line)))));
    }
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const item = ITEM.exec(line);
    if (line.startsWith("```")) {
      const end = lines.findIndex((other, place) => place > at && other.startsWith("```"));
      flush();
      made.push(make("pre", {}, lines.slice(at + 1, end < 0 ? undefined : end).join("\n")));
      at = end < 0 ? lines.length : end;
    } else if (item) {
      flush();
      const ordered = item[1] !== undefined;
      const last = made.at(-1);
      const list = last?.matches?.(ordered ? "ol" : "ul") ? last : make(ordered ? "ol" : "ul", ordered ? { start: item[1] } : {});
      if (list !== last) made.push(list);
      list.append(make("li", {}, inline(item[2])));
    } else if (/^\s+\S/.test(line) && made.at(-1)?.matches?.("ol, ul") && !paragraph.length) {
      made.at(-1).lastChild.append(make("br"), ...inline(line.trim()));
    } else if (/^#{1,3} /.test(line)) {
      flush();
      made.push(make("p", { class: "heading" }, inline(line.replace(/^#+ /, ""))));
    } else if (/^-# /.test(line)) {
      flush();
      made.push(make("p", { class: "small" }, inline(line.slice(3))));
    } else if (/^(>|&gt;) ?/.test(line)) {
      flush();
      made.push(make("blockquote", {}, inline(line.replace(/^(>|&gt;) ?/, ""))));
    } else if (line.trim()) paragraph.push(line);
    else flush();
  }
  flush();
  return made;
}

/** What Discord makes of a text, and Slack of a block of type `markdown`. */
export const commonmark = (text, names) => blocks(text, (line) => inlineCommonmark(line, names));

/** What Slack makes of `mrkdwn`. */
export const mrkdwn = (text, names) => blocks(text, (line) => inlineMrkdwn(line, names));
