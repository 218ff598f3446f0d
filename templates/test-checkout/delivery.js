// Where the cart goes and how: the fields of the delivery, and the total that the engine quotes for them.

import { Problem, ask, element, find, money } from "./engine.js";

const PAUSE = 300; // milliseconds after the last change
const FIELDS = ["country", "name", "line1", "line2", "city", "region", "postal_code", "phone"];

const box = find("#delivery");
const country = find("#delivery-country");
const methods = find("#delivery-methods");
const parts = find("#cart-parts");
const note = find("#delivery-note");
let timer = 0;
let latest = 0;

/** Fills the list of countries, in the page's language. */
export function offerCountries(codes, home) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
  const list = codes.map((code) => [names.of(code), code]).sort(([one], [other]) => one.localeCompare(other));
  country.replaceChildren(element("option", { value: "" }, "Please choose"), ...list.map(([name, code]) => element("option", { value: code }, name)));
  if (codes.includes(home)) country.value = home;
}

/** The delivery of the cart as the engine takes it, or undefined if nothing is delivered. */
export function delivery() {
  if (box.hidden) return undefined;
  const written = FIELDS.map((name) => [name, box.querySelector(`[name="${name}"]`).value.trim()]);
  const method = methods.querySelector("input:checked")?.value ?? "";
  return Object.fromEntries([...written, ["method", method]].filter(([, value]) => value));
}

export const recallDelivery = (kept = {}) => {
  for (const name of FIELDS) if (kept[name]) box.querySelector(`[name="${name}"]`).value = kept[name];
};

function row(label, text) {
  return element("p", {}, element("span", {}, label), " ", element("span", {}, text));
}

/** " (2 to 4 working days)", or nothing if the time is unknown. */
function days(both) {
  if (!both) return "";
  const [fewest, most] = both;
  return ` (${fewest === most ? most : `${fewest} to ${most}`} working ${most === 1 ? "day" : "days"})`;
}

function showMethods(quote, changed) {
  const chosen = quote.delivery.method ?? methods.querySelector("input:checked")?.value;
  methods.replaceChildren(...quote.delivery.methods.map(({ id, name, price, price_minor, days: both }) => element("label", {},
    element("input", { type: "radio", name: "method", value: id, checked: id === chosen, onchange: changed }),
    ` ${name}, ${price_minor ? price : "free"}${days(both)}`)));
  const nearest = quote.delivery.methods.find((method) => method.missing_to_free_minor);
  const none = country.value && !quote.delivery.methods.length ? quote.delivery.unfit.map(({ reason }) => reason)[0] ?? "" : "";
  note.textContent = nearest ? `${nearest.missing_to_free} more, and ${nearest.name} is free.` : none;
}

function showParts(quote) {
  const shown = (minor) => money(minor, quote.currency, quote.exponent);
  const rows = [["Goods", quote.goods_minor], ["Delivery", quote.shipping_minor]].map(([label, minor]) => row(label, shown(minor)));
  for (const { label, rate, included, tax_minor } of quote.taxes) {
    rows.push(row(`${included ? "Includes " : ""}${label} ${rate} %`, shown(tax_minor)));
  }
  parts.replaceChildren(...rows);
}

/**
 * Asks the engine what the cart costs, a moment after the last change, and shows methods, parts and total.
 * `changed` is called when the buyer chooses another method; `done` gets the quote, or the problem with the cart.
 */
export function askQuote(cart, needed, changed, done) {
  box.hidden = !needed;
  clearTimeout(timer);
  const mine = ++latest;
  if (!needed) {
    parts.replaceChildren();
    return;
  }
  timer = setTimeout(async () => {
    try {
      const quote = await ask("/quote", { method: "POST", body: JSON.stringify({ ...cart(), delivery: delivery() }), headers: { "Content-Type": "application/json" } });
      if (mine !== latest) return; // the cart has changed since
      showMethods(quote, changed);
      showParts(quote);
      done(quote, undefined);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (mine === latest) done(undefined, problem);
    }
  }, PAUSE);
}

box.addEventListener("input", (event) => {
  if (event.target.name !== "method") box.dispatchEvent(new CustomEvent("written"));
});
