// A small ActivityPub peer on Fedify, driven over HTTP by a test.
//
//   node peer.mjs ADDRESS PORT CONTROL_PORT
//
// One person, `otto`, lives at http://ADDRESS:PORT. On http://127.0.0.1:CONTROL_PORT a test tells the peer what to
// do (POST, JSON in and out) and asks what it saw:
//   GET  /state                    actor, handle, who accepted our follow, how many activities came
//   GET  /activities               what came to the inbox: type, ids, the HTTP signature's verdict, the JSON
//   POST /lookup   {handle}        WebFinger, then the actor behind it
//   POST /follow   {target}        Follow it (an actor's address)
//   POST /unfollow {target}        Undo that Follow
//   POST /post     {target, text}  Create{Note} that mentions the group and is addressed to it
//   POST /fetch    {url, signed}   fetch an object, as otto or as nobody
//   POST /stop
// Fedify verifies signatures on its own, but a valid proof inside an activity satisfies it; so the peer verifies
// each request's HTTP signature once more, explicitly, with Fedify's own function.
import { createServer } from "node:http";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  verifyRequestDetailed,
} from "@fedify/fedify";
import { Accept, Activity, Create, Endpoints, Follow, Mention, Note, Person, Reject, Undo } from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const PUBLIC = new URL("https://www.w3.org/ns/activitystreams#Public");
const WHO = "otto";
const [address, port, controlPort] = process.argv.slice(2);
const origin = `http://${address}:${port}`;

// Fedify looks handles up over https only, and the hall under test speaks plain http on loopback.
const webFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.protocol === "https:" && url.pathname === "/.well-known/webfinger" && /^127\./.test(url.hostname)) {
    url.protocol = "http:";
    return webFetch(url, init);
  }
  return webFetch(input, init);
};

const state = { follows: new Map(), accepted: [], rejected: [], activities: [], dispatched: [], errors: [] };
const notes = new Map();
const creates = new Map();
const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];

const federation = createFederation({ kv: new MemoryKvStore(), origin, allowPrivateAddress: true });

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
  const seen = { type: json?.type, id: json?.id, actor: json?.actor, object: json?.object, json };
  try {
    const verdict = await verifyRequestDetailed(request.clone(), { documentLoader, contextLoader });
    seen.signature = verdict.verified
      ? { verified: true, keyId: verdict.key.id?.href, owner: verdict.key.ownerId?.href }
      : { verified: false, reason: verdict.reason.type };
  } catch (error) {
    seen.signature = { verified: false, reason: String(error) };
  }
  seen.signature.form = request.headers.has("signature-input") ? "rfc9421" : "draft-cavage";
  const answer = await federation.fetch(request, { contextData: undefined });
  seen.answer = answer.status;
  state.activities.push(seen);
  return answer;
}

async function target(ctx, url) {
  const actor = await ctx.lookupObject(url, { documentLoader: await ctx.getDocumentLoader({ identifier: WHO }) });
  if (!actor?.inboxId) throw new Error(`no actor with an inbox at ${url}`);
  return actor;
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
    const undo = new Undo({
      id: new URL(`/undos/${crypto.randomUUID()}`, origin),
      actor: ctx.getActorUri(WHO),
      object: state.follows.get(url),
      to: actor.id,
    });
    await ctx.sendActivity({ identifier: WHO }, actor, undo);
    return { id: undo.id.href };
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
  "POST /fetch": async ({ url, signed }) => {
    const ctx = context();
    const loader = signed ? await ctx.getDocumentLoader({ identifier: WHO }) : ctx.documentLoader;
    try {
      const { document } = await loader(url);
      const object = await ctx.lookupObject(url, { documentLoader: loader });
      return { document, kind: object?.constructor.name ?? null };
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

function federate(request) {
  const inbox = request.method === "POST" && /inbox$/.test(new URL(request.url).pathname);
  return inbox ? receive(request) : federation.fetch(request, { contextData: undefined });
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
