// What a buyer chooses of one product: its options, texts and amount, and what one of it then costs.

import { element, money } from "./engine.js";

const named = (prices, currency) => prices.find((price) => price.currency === currency);

/** The variant that has these options, or undefined. */
export const variantOf = (product, options) =>
  product.variants.find((variant) => product.options.every(({ name }) => variant.options[name] === options[name]));

/** Whether two lines are the same choice, so that their quantities belong together. */
export const isSame = (one, other) =>
  JSON.stringify([one.id, one.options, one.inputs, one.amount]) === JSON.stringify([other.id, other.options, other.inputs, other.amount]);

/** "10.5" as 1050 minor units, or NaN. */
const minorOf = (text, exponent) => Math.round(Number(text.replace(",", ".") || "x") * 10 ** exponent);

/** The unit price of a line in minor units with its surcharges, or undefined if it is not sold in this currency. */
export function unitPrice(product, line, currency) {
  const open = named(product.amount, currency);
  const fixed = named(product.variants.length ? variantOf(product, line.options ?? {})?.prices ?? [] : product.prices, currency);
  const base = open ? minorOf(line.amount ?? "", open.exponent) : fixed?.amount_minor;
  if (!Number.isFinite(base)) return undefined;
  const added = product.inputs.filter(({ id }) => line.inputs?.[id]).map(({ surcharge }) => named(surcharge, currency)?.amount_minor ?? 0);
  return added.reduce((sum, minor) => sum + minor, base);
}

/** A line's options, and the labels of its texts, in words. */
export const describe = (product, line) =>
  [...Object.values(line.options ?? {}), ...product.inputs.filter(({ id }) => line.inputs?.[id]).map(({ id, label }) => `${label}: ${line.inputs[id]}`)].join(", ");

function field(id, label, control) {
  control.id = id;
  return element("div", { className: "field" }, element("label", { htmlFor: id }, label), control);
}

/** The amount that is suggested, as a field shows it. */
const suggestion = ({ suggested_minor, exponent }) => suggested_minor === null ? "" : (suggested_minor / 10 ** exponent).toFixed(exponent);

/**
 * Returns the fields of a product, and a function that reads them as a line: `{id, options, inputs, amount}`.
 * `changed` is called when a field was changed.
 */
export function choiceFields(product, currency, changed) {
  const options = product.options.map(({ name, values }) => {
    const choice = element("select", { name: `option[${name}]`, onchange: changed }, ...values.map((value) => element("option", { value }, value)));
    return [name, choice, field(`${product.id}-${name}`, name[0].toUpperCase() + name.slice(1), choice)];
  });
  const inputs = product.inputs.map(({ id, label, max_length, lines, required, surcharge }) => {
    const text = element(lines > 1 ? "textarea" : "input", { name: `input[${id}]`, maxLength: max_length, required, oninput: changed });
    if (lines > 1) text.rows = Math.min(lines, 6);
    const price = named(surcharge, currency);
    const more = price ? ` (+${money(price.amount_minor, currency, price.exponent)})` : required ? "" : " (optional)";
    return [id, text, field(`${product.id}-${id}`, label + more, text)];
  });
  const bounds = named(product.amount, currency);
  const amount = bounds && element("input", { name: "amount", inputMode: "decimal", required: true, value: suggestion(bounds) });
  if (amount) amount.oninput = () => {
    const minor = minorOf(amount.value, bounds.exponent);
    const fits = minor >= bounds.least_minor && minor <= bounds.most_minor;
    amount.setCustomValidity(fits || !amount.value ? "" : `Choose an amount from ${bounds.least} to ${bounds.most}.`);
    changed();
  };
  const fields = [...options.map(([, , row]) => row), ...inputs.map(([, , row]) => row)];
  if (amount) fields.push(field(`${product.id}-amount`, `Amount in ${currency} (${bounds.least} to ${bounds.most})`, amount));
  const read = () => {
    const line = { id: product.id };
    if (options.length) line.options = Object.fromEntries(options.map(([name, choice]) => [name, choice.value]));
    const texts = inputs.filter(([, text]) => text.value.trim()).map(([id, text]) => [id, text.value]);
    if (texts.length) line.inputs = Object.fromEntries(texts);
    if (amount) line.amount = amount.value.trim().replace(",", ".");
    return line;
  };
  return { fields, read };
}
