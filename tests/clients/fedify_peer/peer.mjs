// A small ActivityPub peer on Fedify, driven over HTTP by a test.
//
//   node peer.mjs ADDRESS PORT CONTROL_PORT [rfc9421|ed25519]
//
// With `rfc9421` deliveries that are signed after draft-cavage are answered with 401. With `ed25519` the actor also
// says (FEP-844e) that RFC 9421 with Ed25519 is taken here, and nothing else is.
//
// One person, `otto`, lives at http://ADDRESS:PORT. On http://127.0.0.1:CONTROL_PORT a test tells the peer what to
// do (POST, JSON in and out) and asks what it saw:
//   GET  /state                    actor, handle, who accepted our follow, how many activities came
//   GET  /activities               what came to the inbox: type, ids, the HTTP signature's verdict, the JSON
//   POST /lookup   {handle}        WebFinger, then the actor behind it
//   POST /follow   {target}        Follow it (an actor's address)
//   POST /unfollow {target}        Undo that Follow
//   POST /post     {target, text}  Create{Note} that mentions the group and is addressed to it
//   POST /quote    {object, text}  QuoteRequest for a post, to its author, with a Note that quotes it
//   POST /unquote  {object}        Undo that request
//   POST /fetch    {url, signed}   fetch an object, as otto or as nobody
//   GET  /sent                     what Fedify sent signed: method, form of the signature, status
//   POST /deliver {target, text}   Create{Note} to it, signed by RFC 9421 with Ed25519 by an independent library
//   POST /stop
// Fedify verifies signatures on its own, but a valid proof inside an activity satisfies it; so the peer verifies
// each request's HTTP signature once more, explicitly, with Fedify's own function.
import { createHash, KeyObject } from "node:crypto";
import { createServer } from "node:http";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  verifyRequestDetailed,
} from "@fedify/fedify";
import {
  Accept, Activity, Create, CryptographicKey, Endpoints, Follow, Mention, Note, Person, QuoteRequest, Reject, Undo,
} from "@fedify/vocab";
import { createSigner, httpbis } from "http-message-signatures";
import { Temporal } from "@js-temporal/polyfill";

const PUBLIC = new URL("https://www.w3.org/ns/activitystreams#Public");
const WHO = "otto";
const RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421";
const [address, port, controlPort, only] = process.argv.slice(2);
const origin = `http://${address}:${port}`;

// Fedify looks handles up over https only, and the hall under test speaks plain http on loopback.
const webFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.protocol === "https:" && url.pathname === "/.well-known/webfinger" && /^127\./.test(url.hostname)) {
    url.protocol = "http:";
    return webFetch(url, init);
  }
  const answered = webFetch(input, init);
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  if (!headers.has("signature")) return answered;
  const method = init?.method ?? input.method ?? "GET";
  return answered.then((answer) => {
    state.sent.push({ method, url: url.href, form: form(headers), status: answer.status });
    return answer;
  });
};

function form(headers) {
  const input = headers.get("signature-input");
  if (!input) return "draft-cavage";
  return input.includes('alg="ed25519"') ? "ed25519" : "rfc9421";
}

const state = { follows: new Map(), quotes: new Map(), accepted: [], rejected: [], activities: [], dispatched: [], errors: [], sent: [], refused: [] };
const notes = new Map();
const creates = new Map();
const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];

// Fedify looks for the keys of requests in `publicKey` alone, so where Ed25519 is wanted the verdict is asked of its
// own function with the key handed in.
const federation = createFederation({
  kv: new MemoryKvStore(),
  origin,
  allowPrivateAddress: true,
  skipSignatureVerification: only === "ed25519",
});

federation
  .setActorDispatcher("/people/{identifier}", async (ctx, identifier) => {
    if (identifier !== WHO) return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Otto of the Fedify peer",
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
      url: ctx.getActorUri(identifier),
    });
  })
  .setKeyPairsDispatcher((_, identifier) => (identifier === WHO ? keys : []));
federation.setFollowersDispatcher("/people/{identifier}/followers", () => ({ items: [] }));
federation.setOutboxDispatcher("/people/{identifier}/outbox", () => ({ items: [...creates.values()] }));
federation.setObjectDispatcher(Note, "/notes/{id}", (_, { id }) => notes.get(id) ?? null);
federation.setObjectDispatcher(Create, "/creates/{id}", (_, { id }) => creates.get(id) ?? null);
federation
  .setInboxListeners("/people/{identifier}/inbox", "/inbox")
  .on(Activity, (_, activity) => {
    state.dispatched.push(activity.id?.href);
    if (activity instanceof Accept) state.accepted.push(activity.objectId?.href);
    if (activity instanceof Reject) state.rejected.push(activity.objectId?.href);
  })
  .onError((_, error) => state.errors.push(String(error)));

const context = () => federation.createContext(new URL(origin), undefined);

/** Keeps what came to an inbox, with the verdict on its HTTP signature. */
async function receive(request) {
  const json = await request.clone().json().catch(() => null);
  const { documentLoader, contextLoader } = context();
  const used = form(request.headers);
  if (only && used !== only) {
    state.refused.push(used);
    return Response.json({ error: "signed in another way" }, { status: 401 });
  }
  const keyCache = only === "ed25519" ? { get: multikey, set: async () => {} } : undefined;
  const seen = { type: json?.type, id: json?.id, actor: json?.actor, object: json?.object, json };
  try {
    const verdict = await verifyRequestDetailed(request.clone(), { documentLoader, contextLoader, keyCache });
    seen.signature = verdict.verified
      ? { verified: true, keyId: verdict.key.id?.href, owner: verdict.key.ownerId?.href }
      : { verified: false, reason: verdict.reason.type };
  } catch (error) {
    seen.signature = { verified: false, reason: String(error) };
  }
  seen.signature.form = used;
  const answer = await federation.fetch(request, { contextData: undefined });
  seen.answer = answer.status;
  state.activities.push(seen);
  return answer;
}

/** A key of an actor's `assertionMethod` (FEP-521a) as Fedify's verification wants it. */
async function multikey(keyId) {
  const actor = await context().lookupObject(keyId.href.split("#")[0]);
  for await (const key of actor?.getAssertionMethods?.() ?? []) {
    if (key.id?.href !== keyId.href) continue;
    return new CryptographicKey({ id: key.id, owner: actor.id, publicKey: key.publicKey });
  }
  return null;
}

async function target(ctx, url) {
  const actor = await ctx.lookupObject(url, { documentLoader: await ctx.getDocumentLoader({ identifier: WHO }) });
  if (!actor?.inboxId) throw new Error(`no actor with an inbox at ${url}`);
  return actor;
}

async function undo(ctx, actor, object) {
  const id = new URL(`/undos/${crypto.randomUUID()}`, origin);
  await ctx.sendActivity({ identifier: WHO }, actor, new Undo({ id, actor: ctx.getActorUri(WHO), object, to: actor.id }));
  return { id: id.href };
}

const commands = {
  "GET /state": () => ({
    actor: context().getActorUri(WHO).href,
    handle: `@${WHO}@${address}:${port}`,
    node: process.version,
    accepted: state.accepted,
    rejected: state.rejected,
    dispatched: state.dispatched,
    errors: state.errors,
    activities: state.activities.length,
  }),
  "GET /activities": () => state.activities,
  "POST /lookup": async ({ handle }) => {
    const ctx = context();
    const webfinger = await ctx.lookupWebFinger(`acct:${handle.replace(/^@/, "")}`);
    const self = webfinger?.links?.find((link) => link.rel === "self" && /json/.test(link.type ?? ""));
    if (!self) return { webfinger, actor: null };
    const actor = await ctx.lookupObject(self.href);
    return { webfinger, actor: await actor?.toJsonLd({ contextLoader: ctx.contextLoader }), kind: actor?.constructor.name };
  },
  "POST /follow": async ({ target: url }) => {
    const ctx = context();
    const actor = await target(ctx, url);
    const follow = new Follow({
      id: new URL(`/follows/${crypto.randomUUID()}`, origin),
      actor: ctx.getActorUri(WHO),
      object: actor.id,
      to: actor.id,
    });
    await ctx.sendActivity({ identifier: WHO }, actor, follow);
    state.follows.set(url, follow);
    return { id: follow.id.href };
  },
  "POST /unfollow": async ({ target: url }) => {
    const ctx = context();
    const actor = await target(ctx, url);
    return undo(ctx, actor, state.follows.get(url));
  },
  "POST /post": async ({ target: url, text }) => {
    const ctx = context();
    const actor = await target(ctx, url);
    const id = crypto.randomUUID();
    const name = `@${actor.preferredUsername}@${actor.id.host}`;
    const addressed = { tos: [PUBLIC], ccs: [actor.id, ctx.getFollowersUri(WHO)] };
    const note = new Note({
      id: ctx.getObjectUri(Note, { id }),
      attribution: ctx.getActorUri(WHO),
      content: `<p><a href="${actor.id.href}" class="u-url mention">${name}</a> ${text}</p>`,
      published: Temporal.Now.instant(),
      url: ctx.getObjectUri(Note, { id }),
      audience: actor.id,
      tags: [new Mention({ href: actor.id, name })],
      ...addressed,
    });
    const create = new Create({ id: ctx.getObjectUri(Create, { id }), actor: ctx.getActorUri(WHO), object: note, ...addressed });
    notes.set(id, note);
    creates.set(id, create);
    await ctx.sendActivity({ identifier: WHO }, actor, create);
    return { note: note.id.href, create: create.id.href };
  },
  "POST /quote": async ({ object: url, text }) => {
    const ctx = context();
    const quoted = await ctx.lookupObject(url);
    const author = await target(ctx, quoted.attributionId.href);
    const id = crypto.randomUUID();
    const note = new Note({
      id: ctx.getObjectUri(Note, { id }),
      attribution: ctx.getActorUri(WHO),
      content: `<p>${text}</p>`,
      published: Temporal.Now.instant(),
      quote: quoted.id,
      tos: [PUBLIC],
      ccs: [ctx.getFollowersUri(WHO)],
    });
    notes.set(id, note);
    const request = new QuoteRequest({
      id: new URL(`/quotes/${id}`, origin),
      actor: ctx.getActorUri(WHO),
      object: quoted.id,
      instrument: note,
      to: author.id,
    });
    await ctx.sendActivity({ identifier: WHO }, author, request);
    state.quotes.set(url, { author, request });
    return { note: note.id.href, request: request.id.href, author: author.id.href };
  },
  "POST /unquote": async ({ object: url }) => {
    const ctx = context();
    const { author, request } = state.quotes.get(url);
    return undo(ctx, author, request.id);
  },
  "GET /sent": () => state.sent,
  "GET /refused": () => state.refused,
  "POST /deliver": async ({ target: url, text }) => {
    const ctx = context();
    const actor = await target(ctx, url);
    const [, pair] = await ctx.getActorKeyPairs(WHO);
    const id = `${origin}/delivered/${crypto.randomUUID()}`;
    const addressed = { to: [PUBLIC.href], cc: [actor.id.href] };
    const note = { id, type: "Note", attributedTo: ctx.getActorUri(WHO).href, content: `<p>${text}</p>`, ...addressed };
    const body = JSON.stringify({
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${id}/create`,
      type: "Create",
      actor: ctx.getActorUri(WHO).href,
      object: { ...note, audience: actor.id.href },
      ...addressed,
    });
    const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    const signer = createSigner(KeyObject.from(keys[1].privateKey), "ed25519", pair.multikey.id.href);
    const request = {
      method: "POST",
      url: actor.inboxId.href,
      headers: { "content-type": "application/activity+json", "content-digest": digest },
    };
    const fields = ["@method", "@target-uri", "@authority", "content-digest"];
    const signed = await httpbis.signMessage({ key: signer, name: "key1", fields }, request);
    const answer = await webFetch(request.url, { method: "POST", headers: signed.headers, body });
    return { note: id, status: answer.status, answer: await answer.text(), input: signed.headers["Signature-Input"] };
  },
  "POST /fetch": async ({ url, signed }) => {
    const ctx = context();
    const loader = signed ? await ctx.getDocumentLoader({ identifier: WHO }) : ctx.documentLoader;
    try {
      const { document } = await loader(url);
      const object = await ctx.lookupObject(url, { documentLoader: loader });
      const [interacting, interacted] = [object?.interactingObjectId?.href, object?.interactionTargetId?.href];
      return { document, kind: object?.constructor.name ?? null, interacting, interacted };
    } catch (error) {
      return { error: String(error), status: error.response?.status ?? Number(/HTTP (\d+)/.exec(error)?.[1]) };
    }
  },
  "POST /stop": () => setTimeout(() => process.exit(0), 50) && {},
};

async function control(request) {
  const { pathname } = new URL(request.url);
  const command = commands[`${request.method} ${pathname}`];
  if (!command) return Response.json({ error: "no such command" }, { status: 404 });
  try {
    return Response.json(await command(request.method === "POST" ? await request.json() : {}));
  } catch (error) {
    return Response.json({ error: String(error?.stack ?? error) }, { status: 500 });
  }
}

async function federate(request) {
  const { pathname } = new URL(request.url);
  if (request.method === "POST" && /inbox$/.test(pathname)) return receive(request);
  const answer = await federation.fetch(request, { contextData: undefined });
  if (only !== "ed25519" || pathname !== `/people/${WHO}` || !answer.ok) return answer;
  const actor = await answer.json();
  actor.generator = {
    type: "Application",
    implements: [{ href: RFC9421 }, { href: `${RFC9421}#name-eddsa-using-curve-edwards25` }],
  };
  const { headers } = answer;
  return new Response(JSON.stringify(actor), { headers: { "content-type": headers.get("content-type"), vary: "accept" } });
}

function serve(handler, host, onPort) {
  return new Promise((listening) => {
    createServer(async (incoming, outgoing) => {
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const headers = new Headers();
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
      const body = ["GET", "HEAD"].includes(incoming.method) ? undefined : Buffer.concat(chunks);
      const url = new URL(incoming.url, `http://${incoming.headers.host}`);
      const answer = await handler(new Request(url, { method: incoming.method, headers, body })).catch((error) => {
        state.errors.push(String(error?.stack ?? error));
        return new Response("the peer failed", { status: 500 });
      });
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    }).listen(Number(onPort), host, listening);
  });
}

await serve(federate, address, port);
await serve(control, "127.0.0.1", controlPort);
console.log(`peer at ${origin}, control on ${controlPort}, node ${process.version}`);
