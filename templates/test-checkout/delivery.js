// Where the cart goes and how: the fields of the delivery, and the total that the engine quotes for them.

import { Problem, ask, element, find, money, workingDays } from "./engine.js";

const PAUSE = 300; // milliseconds after the last change
const ADDRESS = ["name", "line1", "city", "postal_code"]; // nobody else asks for them if nothing is to be paid
const FIELDS = ["country", "name", "line1", "line2", "city", "region", "postal_code", "phone"];

const box = find("#delivery");
const country = find("#delivery-country");
const methods = find("#delivery-methods");
const parts = find("#cart-parts");
const note = find("#delivery-note");
const address = find("#delivery-address");
const region = find("#delivery-region-row");
const regional = new Set(); // countries in which the price depends on the region
let wanted = ""; // the method that the buyer chose last
let timer = 0;
let latest = 0;

/** Fills the list of countries, in the page's language. */
export function offerCountries(codes, home) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
  const list = codes.map((code) => [names.of(code), code]).sort(([one], [other]) => one.localeCompare(other));
  country.replaceChildren(element("option", { value: "" }, "Please choose"), ...list.map(([name, code]) => element("option", { value: code }, name)));
  if (codes.includes(home)) country.value = home;
}

/** The delivery of the cart as the engine takes it, or undefined if neither delivery nor price depends on a place. */
export function delivery() {
  if (box.hidden) return undefined;
  const written = FIELDS.map((name) => [name, box.querySelector(`[name="${name}"]`).value.trim()]);
  return Object.fromEntries([...written, ["method", methods.hidden ? "" : wanted]].filter(([, value]) => value));
}

export const recallDelivery = (kept = {}) => {
  for (const name of FIELDS) if (kept[name]) box.querySelector(`[name="${name}"]`).value = kept[name];
  wanted = kept.method ?? "";
};

/** Shows the field of the region where the price depends on it, where it has a value, and beside the rest of an address. */
function showRegion() {
  region.hidden = !regional.has(country.value) && !find("#delivery-region").value && (address.hidden || !address.open);
}

function row(label, text) {
  return element("p", {}, element("span", {}, label), " ", element("span", {}, text));
}

function showMethods(quote, changed) {
  const choose = (id) => () => {
    wanted = id;
    changed();
  };
  const focused = methods.contains(document.activeElement) && document.activeElement.value;
  methods.replaceChildren(...quote.delivery.methods.map(({ id, name, price, price_minor, days: both }) => element("label", {},
    element("input", { type: "radio", name: "method", value: id, checked: id === quote.delivery.method, onchange: choose(id) }),
    ` ${name}, ${price_minor ? price : "free"}${workingDays(both)}`)));
  if (focused) [...methods.querySelectorAll("input")].find(({ value }) => value === focused)?.focus();
  const nearest = quote.delivery.methods.find((method) => method.missing_to_free_minor);
  const none = country.value && !quote.delivery.methods.length ? quote.delivery.unfit.map(({ reason }) => reason)[0] ?? "" : "";
  note.textContent = nearest ? `${nearest.missing_to_free} more, and ${nearest.name} is free.` : none;
}

function showParts(quote) {
  const shown = (minor) => money(minor, quote.currency, quote.exponent);
  const rows = [row("Goods", shown(quote.goods_minor))];
  if (quote.discount_minor) rows.push(row(`Discount (${quote.code.code})`, shown(-quote.discount_minor)));
  if (quote.delivery.needed) rows.push(row("Delivery", quote.delivery.method ? shown(quote.shipping_minor) : "–"));
  for (const { label, rate, included, tax_minor } of quote.taxes) {
    rows.push(row(`${included ? "Includes " : ""}${label} ${rate} %`, shown(tax_minor)));
  }
  parts.replaceChildren(...(rows.length > 1 ? rows : [])); // alone, the goods are the total
}

const lacks = (quote, name) => quote.missing.some(({ field }) => field === `delivery.${name}`);

async function post(cart, place) {
  const body = JSON.stringify({ ...cart, delivery: place });
  return await ask("/quote", { method: "POST", body, headers: { "Content-Type": "application/json" } });
}

/** The quote of a cart that is delivered. A method that no longer fits is dropped, so that the buyer sees those that do. */
async function quoteDelivered(cart) {
  try {
    return await post(cart, delivery());
  } catch (problem) {
    if (problem.field !== "delivery.method") throw problem;
    wanted = "";
    return await post(cart, delivery());
  }
}

/** The quote of a cart that is not delivered. The buyer is asked for the country if the tax depends on it. */
async function quoteOther(cart) {
  const quote = await post(cart);
  box.hidden = !lacks(quote, "country");
  if (box.hidden) return quote;
  if (quote.code?.fault !== "unknown") return await post(cart, delivery());
  return { ...(await post({ ...cart, code: undefined }, delivery())), code: quote.code }; // one that is wrong is asked once
}

/**
 * Asks the engine what a cart costs, a moment after the last change, and shows methods, parts and total. Without a cart there
 * is nothing to ask. `ships` tells whether something in it is delivered. `changed` is called when the buyer chooses another
 * method; `done` gets the quote, or the problem with the cart.
 */
export function askQuote(cart, ships, changed, done) {
  clearTimeout(timer);
  const mine = ++latest;
  parts.hidden = !cart;
  if (!cart) {
    box.hidden = !ships;
    return;
  }
  methods.hidden = note.hidden = !ships;
  if (ships) box.hidden = false;
  timer = setTimeout(async () => {
    try {
      const quote = await (ships ? quoteDelivered(cart) : quoteOther(cart));
      if (mine !== latest) return; // the cart has changed since
      if (lacks(quote, "region")) regional.add(country.value);
      if (ADDRESS.some((name) => lacks(quote, name))) address.open = true;
      address.hidden = !ships && !lacks(quote, "postal_code") && !find("#delivery-postal-code").value;
      showRegion();
      showMethods(quote, changed);
      showParts(quote);
      done(quote, undefined);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (mine !== latest) return;
      parts.replaceChildren();
      done(undefined, problem);
    }
  }, PAUSE);
}

address.addEventListener("toggle", showRegion);
country.addEventListener("input", () => {
  find("#delivery-region").value = ""; // it is one of the country that was chosen before
});
box.addEventListener("input", (event) => {
  if (event.target.name !== "method") box.dispatchEvent(new CustomEvent("written"));
});
