// The cancel page: says why, if the engine sent the buyer back because of the address.

const reason = new URLSearchParams(location.hash.slice(1)).get("reason");
if (reason === "delivery") {
  document.querySelector("h1").textContent = "Not paid yet";
  document.querySelector("#reason").hidden = false;
}
