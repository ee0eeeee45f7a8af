// What people are told: each mistake with its place, its action, and the next thing to type. No secret is ever in it.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { inspect } from "node:util";
import { type ArtifactStore, type Credentials, isZenliteError, type ZenliteError } from "@zenlite/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { explain } from "../src/errors.ts";
import flavor from "../src/index.ts";
import { administrator, endpoint, iamEndpoint, onAws, stranger } from "./aws-here.ts";
import { bareClient, call, keys, makeBucket, open } from "./open.ts";
import { type Fault, proxy } from "./proxy.ts";

const secrets = [keys, administrator, stranger].map(({ secretAccessKey }) => secretAccessKey);
const sessionToken = "FwoGZXIvYXdzEXAMPLETOKEN";

async function failure(act: Promise<unknown>): Promise<ZenliteError> {
  try {
    await act;
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    // With everything that hangs on it, as a crash would print it.
    const whole = inspect(error, { depth: Infinity, showHidden: true });
    for (const secret of [...secrets, sessionToken]) expect(whole).not.toContain(secret);
    return error;
  }
  throw new Error("nothing was thrown");
}

async function first(store: ArtifactStore): Promise<unknown> {
  for await (const each of store.list("", call)) return each;
}

/** Every method, as it is called most. */
function methods(store: ArtifactStore): Readonly<Record<string, () => Promise<unknown>>> {
  const body = Buffer.from("x");
  return {
    read: () => store.read("runs/a", call),
    "read from": () => store.read("runs/a", { ...call, from: 9 * 1024 ** 2 }),
    "write always": () => store.write("runs/a", body, { ...call, if: "always" }),
    "write absent": () => store.write("runs/a", body, { ...call, if: "absent" }),
    "write etag": () => store.write("runs/a", body, { ...call, if: { etag: '"1" w,-' } }),
    "write large": () => store.write("runs/a", new Uint8Array(9 * 1024 ** 2), { ...call, if: "always" }),
    stat: () => store.stat("runs/a", call),
    list: () => first(store),
    delete: () => store.delete(["runs/a"], call),
  };
}

const credentialsOf = (value: Credentials["value"]) => ({
  credentials: () => Promise.resolve({ kind: "aws", value: { ...value, region: "us-east-1" } }),
});

onAws("errors", () => {
  test("a bucket that does not exist: each call says so, and how to make it", async () => {
    await using store = await open({ path: "s3://no-such-bucket-of-ours/zenlite" });
    for (const [name, act] of Object.entries(methods(store))) {
      const error = await failure(act());
      expect(error.code, name).toBe("ZENLITE_S3_BUCKET_MISSING");
      expect(error.message).toContain('"no-such-bucket-of-ours"');
      expect(error.hint).toContain("aws s3 mb s3://no-such-bucket-of-ours");
    }
  });

  test("access denied: each call names its action, its resource, and the statement that is missing", async () => {
    const admin = bareClient({ endpoint: iamEndpoint, credentials: administrator });
    const bucket = await makeBucket(admin);
    await using owner = await open(
      { path: `s3://${bucket}/store`, endpoint: iamEndpoint },
      credentialsOf(administrator),
    );
    await owner.write("runs/a", Buffer.from("x"), { ...call, if: "absent" });
    await using store = await open({ path: `s3://${bucket}/store`, endpoint: iamEndpoint }, credentialsOf(stranger));
    const actions: Readonly<Record<string, string>> = {
      read: "s3:GetObject",
      "read from": "s3:GetObject",
      stat: "s3:GetObject",
      list: "s3:ListBucket",
      delete: "s3:DeleteObject",
    };
    for (const [name, act] of Object.entries(methods(store))) {
      const action = actions[name] ?? "s3:PutObject";
      const error = await failure(act());
      expect(error, name).toMatchObject({ code: "ZENLITE_S3_DENIED", fault: "environment" });
      const arn = `arn:aws:s3:::${bucket}`;
      const resource = action === "s3:ListBucket" ? arn : `${arn}/store/runs/a`;
      expect(error.message, name).toContain(`Access denied: ${action} on ${resource}.`);
      const wide = action === "s3:ListBucket" ? arn : `${arn}/store/*`;
      expect(error.hint).toContain(JSON.stringify({ Effect: "Allow", Action: action, Resource: wide }));
    }
  });

  test("keys that AWS does not know, and a secret that does not fit: never the secret itself", async () => {
    const bucket = await makeBucket(bareClient({ endpoint: iamEndpoint, credentials: administrator }));
    const wrong: readonly Credentials["value"][] = [
      { accessKeyId: "AKIANOSUCHKEYEXAMPLE", secretAccessKey: keys.secretAccessKey },
      { ...administrator, secretAccessKey: keys.secretAccessKey },
    ];
    for (const value of wrong) {
      await using store = await open({ path: `s3://${bucket}`, endpoint: iamEndpoint }, credentialsOf(value));
      for (const [name, act] of Object.entries(methods(store))) {
        const error = await failure(act());
        expect(error, name).toMatchObject({ code: "ZENLITE_S3_CREDENTIALS_WRONG", fault: "environment" });
        expect(error.hint).toContain("aws sts get-caller-identity");
      }
    }
  });

  test("credentials that have expired are asked for again, once; then it is an error", async () => {
    const bucket = await makeBucket();
    let good = false;
    const expiredAnswer: Fault = {
      // S3 repeats the token in this answer.
      answer: {
        status: 400,
        code: "ExpiredToken",
        body: `<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message><Token-0>${sessionToken}</Token-0></Error>`,
      },
    };
    await using between = await proxy(endpoint, () => (good ? undefined : expiredAnswer));
    let asked = 0;
    const credentials = () => {
      asked += 1;
      good = asked === 2;
      const value = { ...keys, sessionToken, region: "us-east-1" };
      return Promise.resolve({ kind: "aws", value, expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    };
    await using store = await open({ path: `s3://${bucket}`, endpoint: between.endpoint }, { credentials });
    expect(await store.stat("nothing", call)).toBeUndefined();
    expect(asked).toBe(2);
    for (const [name, act] of Object.entries(methods(store))) {
      good = false;
      asked = 2;
      expect((await failure(act())).code, name).toBe("ZENLITE_S3_CREDENTIALS_EXPIRED");
    }
  });

  test("a bucket in another region is found; where the configuration says a region, it is told", async () => {
    const bucket = await makeBucket();
    await using between = await proxy(endpoint, ({ headers, method }): Fault | undefined => {
      if (headers.authorization?.includes("/eu-west-3/s3/") === true) return undefined;
      const away = { "x-amz-bucket-region": "eu-west-3" };
      // HEAD is answered without a body; a request that was signed for another region may be answered with 400.
      return {
        answer: {
          status: method === "PUT" ? 400 : 301,
          code: method === "PUT" ? "AuthorizationHeaderMalformed" : "PermanentRedirect",
          headers: away,
        },
      };
    });
    await using told = await open({ path: `s3://${bucket}`, endpoint: between.endpoint, region: "us-east-1" });
    for (const [name, act] of Object.entries(methods(told))) {
      const error = await failure(act());
      expect(error.code, name).toBe("ZENLITE_S3_REGION");
      expect(error.message).toContain("eu-west-3");
      expect(error.hint).toContain("region: eu-west-3");
    }
    vi.stubEnv("AWS_ENDPOINT_URL_S3", between.endpoint);
    await using found = await flavor.open(
      { path: `s3://${bucket}`, pathStyle: true },
      { ...context, credentials: () => Promise.resolve({ kind: "aws", value: keys }) },
    );
    // All at once: the region must not be looked for by one and forgotten by another.
    const written = await Promise.all(
      Array.from({ length: 8 }, (_, index) => found.write(`k/${index}`, Buffer.from("x"), { ...call, if: "absent" })),
    );
    expect(written).not.toContain("conflict");
    const redirected = between.seen.length;
    expect((await found.stat("k/1", call))?.bytes).toBe(1);
    expect(between.seen.length).toBe(redirected + 1);
    expect((await found.credentials?.(call))?.value["region"]).toBe("eu-west-3");
  });

  test("a service that nothing answers for", async () => {
    await using store = await open({ path: "s3://somewhere", endpoint: "http://127.0.0.1:9" });
    const error = await failure(store.stat("x", call));
    expect(error).toMatchObject({ code: "ZENLITE_S3_UNREACHABLE", fault: "environment" });
    expect(error.message).toContain("http://127.0.0.1:9");
  });
});

const context = {
  where: "client",
  place: { projectFolder: "/", stateFolder: "/", configFolder: "/" },
  signal: call.signal,
  log: { info: () => undefined, warn: () => undefined },
  secret: () => Promise.reject(new Error("there is none")),
} as const;

beforeEach(() => {
  // Nothing of the machine that the tests run on.
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere/config");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test.each([
  [
    "AccessDenied",
    'User: arn:aws:iam::123456789012:user/ana is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::data" because no identity-based policy allows the s3:ListBucket action',
    "ZENLITE_S3_DENIED",
    "Access denied: s3:ListBucket on arn:aws:s3:::data.",
    '{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::data"}',
  ],
  [
    "AccessDenied",
    "User: arn:aws:sts::123456789012:assumed-role/step/1 is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-central-1:123456789012:key/1234 because no identity-based policy allows the kms:GenerateDataKey action",
    "ZENLITE_S3_DENIED",
    "kms:GenerateDataKey on arn:aws:kms:eu-central-1:123456789012:key/1234",
    '"Action":"kms:GenerateDataKey"',
  ],
  [
    "AccessDenied",
    "Access Denied",
    "ZENLITE_S3_DENIED",
    "s3:PutObject on arn:aws:s3:::data/run/x",
    "arn:aws:s3:::data/run/*",
  ],
  ["SlowDown", "Please reduce your request rate.", "ZENLITE_S3_THROTTLED", "after 10 attempts", "max_parallel"],
  [
    "RequestTimeTooSkewed",
    "The difference is too large.",
    "ZENLITE_S3_CLOCK",
    "the clock of this machine",
    "timedatectl",
  ],
  ["NotImplemented", "A header is not implemented.", "ZENLITE_S3_UNSUPPORTED", "s3:PutObject", "If-None-Match"],
  ["KeyTooLongError", "Your key is too long", "ZENLITE_KEY_INVALID", "run/x", undefined],
  ["NoSuchLifecycle", "Something else", "ZENLITE_S3_FAILED", "NoSuchLifecycle: Something else", "aws s3 ls s3://data"],
])("what S3 says as %s: %s", (name, message, code, said, hint) => {
  const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400, attempts: 10 } });
  const asked = { bucket: "data", prefix: "run/", action: "s3:PutObject", key: "run/x", region: "eu-central-1" };
  const explained = explain(error, asked);
  expect(explained).toMatchObject({ code, message: expect.stringContaining(said) });
  if (hint !== undefined) expect(explained).toMatchObject({ hint: expect.stringContaining(hint) });
});

test("no credentials anywhere: what to type, and nothing is tried ten times", async () => {
  await using store = await flavor.open({ path: "s3://somewhere", endpoint: "http://127.0.0.1:9" }, context);
  for (const [name, act] of Object.entries(methods(store))) {
    const error = await failure(act());
    expect(error, name).toMatchObject({ code: "ZENLITE_S3_NO_CREDENTIALS", fault: "environment" });
    expect(error.hint).toContain("aws configure");
  }
  await expect(store.credentials?.(call)).rejects.toMatchObject({ code: "ZENLITE_S3_NO_CREDENTIALS" });
});

test("what the machine's own chain finds is handed over to a step, with the region", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  vi.stubEnv("AWS_SESSION_TOKEN", sessionToken);
  vi.stubEnv("AWS_REGION", "eu-central-1");
  await using store = await flavor.open({ path: "s3://somewhere" }, context);
  expect(await store.credentials?.(call)).toEqual({
    kind: "aws",
    value: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example", sessionToken, region: "eu-central-1" },
  });
});

test("credentials of another kind, and a connector that fails, are told as they are", async () => {
  const other = await open(
    { path: "s3://somewhere" },
    { credentials: () => Promise.resolve({ kind: "gcp", value: {} }) },
  );
  expect((await failure(other.stat("x", call))).message).toContain('"gcp"');
  const reason = Object.assign(new Error("no session"), { name: "ZenliteError", code: "ZENLITE_AWS_SSO" });
  const failing = await open({ path: "s3://somewhere" }, { credentials: () => Promise.reject(reason) });
  await expect(failing.stat("x", call)).rejects.toBe(reason);
});

test.each([
  ["not a URL at all", "my-bucket/zenlite"],
  ["another protocol", "https://my-bucket.s3.amazonaws.com/zenlite"],
  ["no bucket", "s3://"],
  ["a bucket's name in capitals", "s3://My-Bucket/zenlite"],
  ["a bucket's name that is too short", "s3://ab/zenlite"],
  ["an address for a bucket", "s3://192.168.1.1/zenlite"],
  ["two dots in the bucket's name", "s3://my..bucket/zenlite"],
  ["a part ..", "s3://my-bucket/../zenlite"],
  ["an empty part", "s3://my-bucket//zenlite"],
])("a path that is no S3 URL is refused with an example: %s", async (_what, path) => {
  const result = await flavor.config["~standard"].validate({ path });
  expect(result.issues?.[0]?.message).toContain('(for example "s3://my-bucket/zenlite")');
});

test("paths that are right", async () => {
  for (const path of [
    "s3://abc",
    "s3://abc/",
    "s3://my.bucket-1/a/b",
    "s3://my-bucket/with space/",
    "s3://my-bucket/.zenlite",
  ])
    expect(await flavor.config["~standard"].validate({ path })).toMatchObject({ value: { path } });
  const missing = await flavor.config["~standard"].validate({});
  expect(missing.issues?.[0]?.message).toContain('"path" is missing (for example "s3://my-bucket/zenlite")');
});
