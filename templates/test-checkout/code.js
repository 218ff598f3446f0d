// The discount code of the cart: its field, and what the engine says of it.

import { money } from "./engine.js";

const row = document.querySelector("#code-row"); // a shop without codes may leave it out
const field = row?.querySelector("input");
const button = row?.querySelector("button");
const note = row?.querySelector('[role="status"]');
const TOO_MANY = "/problems/too-many-codes";

let asked = ""; // the code that each quote asks about
let tried = ""; // what the buyer had last applied
let holds = false;

const written = () => field?.value.trim() ?? "";

function say(text) {
  if (note && note.textContent !== text) note.textContent = text; // an unchanged live region stays silent
}

function showButton() {
  if (button) button.textContent = holds && written() === tried ? "Remove" : "Apply";
}

/** The code that a quote asks about, or undefined. */
export const codeToAsk = () => asked || undefined;

/** The code that an order is sent with, or undefined: one that does not hold would refuse it. */
export const codeToOrder = () => (holds ? asked : undefined);

/** Whether something is written that the buyer has not applied. */
export const isCodeUnapplied = () => written() !== "" && written() !== tried;

export function recallCode(kept = "") {
  asked = tried = kept;
  holds = false;
  if (field) field.value = kept;
}

/** "SPRING is applied: $6.90 less, and free delivery." */
function effect(code, currency, exponent) {
  const less = code.discount_minor ? [`${money(code.discount_minor, currency, exponent)} less`] : [];
  const gives = [...less, ...(code.free_delivery ? ["free delivery"] : [])].join(", and ");
  return gives ? `${code.code} is applied: ${gives}.` : `${code.code} takes nothing off this cart.`;
}

/** Shows what a quote says of the code. One that does not exist is asked no second time: the engine counts those. */
export function showCode({ code, currency, exponent }) {
  if (!code && asked) return; // an answer without one says nothing of it
  holds = Boolean(code?.holds);
  if (code && !holds) say(code.detail);
  else if (holds) say(effect(code, currency, exponent));
  else if (!tried) say("");
  if (code?.fault === "unknown") asked = "";
  showButton();
}

/** Drops the code if a refusal is about it, and shows why. Returns whether it was. */
export function dropCode(problem) {
  if (!asked || (problem.field !== "code" && problem.type !== TOO_MANY)) return false;
  asked = "";
  holds = false;
  say(problem.message);
  showButton();
  return true;
}

/** Calls `changed` with the code that the buyer applies, or with "" if the buyer takes it out. */
export function onCode(changed) {
  if (!field) return;
  const apply = () => {
    if (holds && written() === tried) field.value = "";
    asked = tried = written();
    holds = false;
    say("");
    changed(asked);
    showButton();
  };
  button.addEventListener("click", apply);
  field.addEventListener("input", () => {
    if (tried && !written()) apply();
    showButton();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would press the first way to pay
    if (isCodeUnapplied()) apply();
  });
}
