// What only a service-connector can be asked, and components that are opened with its credentials: with flavors of the project.
import { expect, test } from "vitest";
import { createProject, zenlite, type Ended, type Project } from "./project.ts";

/** Lets a component read the folders that it lists, and no other. */
const doorman = `import { defineFlavor, defineSchema, ZenliteError } from "@zenlite/core";
export default defineFlavor({
  type: "service-connector",
  name: "doorman",
  config: defineSchema({ guest: { type: "string" }, doorNumber: { type: "integer" }, secretWord: { type: "string", writeOnly: true } }),
  supports: () => ({ credentials: ["door"], resources: ["room", "garden"] }),
  discover: async (given) => ({
    config: { doorNumber: 7, ...given },
    found: ["Door 7 (the one that is open).", "Guest " + (given.guest ?? "unknown") + "."],
  }),
  open: async (config) => ({
    async verify() {
      if (config.guest === "stranger")
        throw new ZenliteError("ZENLITE_DOOR_CLOSED", "The door is closed to strangers.", { fault: "environment", hint: "Ring the bell." });
      return { identity: "guest " + (config.guest ?? "unknown") };
    },
    async *resources(kind) {
      if (kind === "room") yield* [{ kind, id: "kitchen" }, { kind, id: "cellar" }];
    },
    credentials: async ({ kind, resource }) => ({ kind, value: { guest: config.guest ?? "unknown", resource: resource ?? "" } }),
    [Symbol.asyncDispose]: async () => {},
  }),
});
`;

const store = `import { defineFlavor, defineSchema, ZenliteError } from "@zenlite/core";
export default defineFlavor({
  type: "artifact-store",
  name: "shelf",
  config: defineSchema({ room: { type: "string" } }, { required: ["room"] }),
  supports: () => ({ local: false }),
  open: async (config, context) => {
    const may = async () => {
      const { value } = await context.credentials({ kind: "door", resource: config.room, signal: context.signal });
      if (value.guest !== "ada")
        throw new ZenliteError("ZENLITE_ROOM_DENIED", value.guest + " may not enter " + value.resource + ".", { fault: "environment" });
    };
    return {
      read: async () => { throw new Error("unused"); },
      write: async () => { throw new Error("unused"); },
      stat: async () => { await may(); return undefined; },
      list: async function* () {},
      delete: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  },
});
`;

const configuration = `flavors:
  - { type: service-connector, name: doorman, module: ./doorman.ts }
  - { type: artifact-store, name: shelf, module: ./shelf.ts }

artifact-store:
  pantry: { flavor: shelf, room: kitchen }
`;

function house(more = ""): Project & { run(...args: readonly string[]): Promise<Ended> } {
  const project = createProject({ ".zenliterc": configuration + more, "doorman.ts": doorman, "shelf.ts": store });
  return Object.assign(project, { run: (...args: readonly string[]) => zenlite(project.folder, args) });
}

const ada = "service-connector:\n  ada: { flavor: doorman, guest: ada }\n";
const bob = "  bob: { flavor: doorman, guest: bob }\n  nobody: { flavor: doorman, guest: stranger }\n";

test("--auto-configure stores what the flavor finds beside what is given, and says it", async () => {
  using project = house();
  const ended = await project.run(
    "service-connector",
    "register",
    "door",
    "--type",
    "doorman",
    "--guest=ada",
    "--auto-configure",
  );
  expect(ended).toMatchObject({
    code: 0,
    stdout:
      'Door 7 (the one that is open).\nGuest ada.\nRegistered service-connector "door" (flavor doorman) in .zenliterc.\n',
  });
  const described = await project.run("service-connector", "describe", "door", "--json");
  expect(JSON.parse(described.stdout)).toMatchObject({ flavor: "doorman", config: { door_number: 7, guest: "ada" } });
});

test("--auto-configure is refused by name where the flavor finds nothing by itself", async () => {
  using project = house();
  project.write("doorman.ts", doorman.replace(/discover: async[^;]*?\}\),\n/su, ""));
  const ended = await project.run("service-connector", "register", "door", "--type", "doorman", "--auto-configure");
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain("ZENLITE_AUTO_CONFIGURE_UNSUPPORTED");
  expect((await project.run("service-connector", "list", "--json")).stdout).toBe("[]\n");
});

test("a misspelt key is told before anything is looked for", async () => {
  using project = house();
  const ended = await project.run(
    "service-connector",
    "register",
    "door",
    "--type",
    "doorman",
    "--gest=ada",
    "--auto-configure",
  );
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain('Did you mean "--guest"?');
});

test("a secret is kept as a reference, and refused without being repeated where it stands as itself", async () => {
  using project = house();
  const register = ["service-connector", "register", "door", "--type", "doorman"];
  const plain = await project.run(...register, "--secret_word=swordfish");
  expect(plain).toMatchObject({ code: 2, stdout: "" });
  expect(plain.stderr).toContain("write ${secret:name.key}");
  expect(plain.stderr).not.toContain("swordfish");
  expect((await project.run(...register, "--secret_word=${secret:door.word}")).code).toBe(0);
  const { stdout } = await project.run("service-connector", "describe", "door", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ config: { secret_word: "${secret:door.word}" } });
});

test("verify says as whom it acts, and why not", async () => {
  using project = house(ada + bob);
  expect(await project.run("service-connector", "verify", "ada")).toMatchObject({
    code: 0,
    stdout: 'The service-connector "ada" (doorman) acts as guest ada.\n',
  });
  const refused = await project.run("service-connector", "verify", "nobody");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("DOOR_CLOSED");
  const unclear = await project.run("service-connector", "verify");
  expect(unclear.code).toBe(2);
  expect(unclear.stderr).toContain("There are ada, bob, nobody.");
});

test("list-resources lists all kinds, or one; an unknown type names the nearest", async () => {
  using project = house(ada);
  const { stdout } = await project.run("service-connector", "list-resources");
  expect(stdout).toBe("TYPE  RESOURCE\nroom  kitchen\nroom  cellar\n");
  const json = await project.run("service-connector", "list-resources", "ada", "--resource-type", "room", "--json");
  expect(JSON.parse(json.stdout)).toEqual([
    { kind: "room", id: "kitchen" },
    { kind: "room", id: "cellar" },
  ]);
  const none = await project.run("service-connector", "list-resources", "--resource-type", "garden");
  expect(none.stdout).toContain("sees nothing of garden");
  const unknown = await project.run("service-connector", "list-resources", "--resource-type", "rooms");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('Did you mean "room"?');
});

test("connect does not ask where variables are not set here, and says so", async () => {
  using project = house("service-connector:\n  ada: { flavor: doorman, guest: '${env:GUEST_OF_THE_HOUSE}' }\n");
  const ended = await project.run("artifact-store", "connect", "pantry", "ada");
  expect(ended).toMatchObject({ code: 0, stdout: 'Connected artifact-store "pantry" with "ada" in .zenliterc.\n' });
  expect(ended.stderr).toContain("it was not asked");
});

test("connect asks the component with the connector's credentials, and leaves the file alone where these do not do", async () => {
  using project = house(ada + bob);
  const refused = await project.run("artifact-store", "connect", "pantry", "--connector", "bob");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("bob may not enter kitchen.");
  expect((await project.run("artifact-store", "describe", "pantry", "--json")).stdout).not.toContain("bob");
  expect(await project.run("artifact-store", "connect", "pantry", "--connector", "ada")).toMatchObject({
    code: 0,
    stdout: 'Connected artifact-store "pantry" with "ada", with which it answers, in .zenliterc.\n',
  });
  expect((await project.run("artifact-store", "connect", "pantry", "bob", "--no-verify")).code).toBe(0);
});
