// The server of PayPal's sample shop: it creates an order and captures it, both with `Prefer: return=minimal`, and hands
// PayPal's answers on to the page. Run as `node paypal_sample_shop.mjs PAYPAL_ROOT CLIENT_ID CLIENT_SECRET`, it prints its own
// address, and serves until its input ends.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { ApiError, Client, Environment, OrdersController } from "@paypal/paypal-server-sdk";

const [root, oAuthClientId, oAuthClientSecret] = process.argv.slice(2);
const axios = createRequire(createRequire(import.meta.url).resolve("@paypal/paypal-server-sdk"))("axios");

// The SDK's URLs are built in. Its HTTP client is told to call the sandbox in their place.
const adapter = (config) =>
  axios.getAdapter("http")({ ...config, url: config.url.replace("https://api-m.sandbox.paypal.com", root) });

const client = new Client({
  clientCredentialsAuthCredentials: { oAuthClientId, oAuthClientSecret },
  timeout: 0,
  environment: Environment.Sandbox,
  unstable_httpClientOptions: { adapter },
});
const orders = new OrdersController(client);

const createOrder = () =>
  orders.createOrder({
    body: {
      intent: "CAPTURE",
      purchaseUnits: [
        {
          amount: {
            currencyCode: "USD",
            value: "100",
            breakdown: { itemTotal: { currencyCode: "USD", value: "100" } },
          },
          items: [
            {
              name: "T-Shirt",
              unitAmount: { currencyCode: "USD", value: "100" },
              quantity: "1",
              description: "Super Fresh Shirt",
              sku: "sku01",
            },
          ],
        },
      ],
    },
    prefer: "return=minimal",
  });

const server = createServer(async (request, response) => {
  const [, id] = request.url.match(/^\/api\/orders\/(\w+)\/capture$/) ?? [];
  let status, body;
  try {
    const answer = id ? await orders.captureOrder({ id, prefer: "return=minimal" }) : await createOrder();
    [status, body] = [answer.statusCode, answer.body];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    [status, body] = [error.statusCode, error.body];
  }
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.on("end", () => process.exit()).resume();
