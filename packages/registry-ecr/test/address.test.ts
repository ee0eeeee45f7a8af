// What a registry's name says, and what ECR may delete by itself.
import fc from "fast-check";
import { expect, test } from "vitest";
import { arnOf, nameOf, parseAddress } from "../src/address.ts";
import { expiresTagged, lifecyclePolicy } from "../src/lifecycle.ts";
import { open } from "./bench.ts";

const days = { expireUntaggedDays: 14 };
const host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

test.each([
  [host, "eu-central-1", "", false, "arn:aws:ecr:eu-central-1:123456789012:repository/app"],
  [`${host}/team/`, "eu-central-1", "team/", false, "arn:aws:ecr:eu-central-1:123456789012:repository/team/app"],
  [
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
    "cn-north-1",
    "",
    false,
    "arn:aws-cn:ecr:cn-north-1:123456789012:repository/app",
  ],
  [
    "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
    "us-gov-west-1",
    "",
    true,
    "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/app",
  ],
  [
    "123456789012.dkr-ecr.eu-west-1.on.aws",
    "eu-west-1",
    "",
    false,
    "arn:aws:ecr:eu-west-1:123456789012:repository/app",
  ],
])("%s", (uri, region, prefix, fips, arn) => {
  const address = parseAddress({ uri, ...days });
  expect(address).toMatchObject({ account: "123456789012", region, prefix, fips });
  expect(arnOf(address, nameOf(address, "app"))).toBe(arn);
});

test.each([
  [{ uri: "registry.example.com" }, /no registry of ECR/u, /flavor: oci/u],
  [{ uri: "12345.dkr.ecr.eu-central-1.amazonaws.com" }, /no registry of ECR/u, /<account>/u],
  [{ uri: "public.ecr.aws/alias" }, /public gallery/u, /<account>/u],
  [{ uri: `https://${host}` }, /no scheme/u, /host/u],
  [{ uri: `${host}/Team` }, /"Team"/u, /host/u],
  [{ uri: host, region: "eu-west-1" }, /region is eu-west-1, but uri is a registry in eu-central-1/u, /Remove region/u],
  [{ uri: "localhost:5000", endpoint: "http://127.0.0.1:1" }, /does not name its region/u, /region: /u],
])("%j is refused", async (config, message, hint) => {
  await expect(open(config)).rejects.toMatchObject({
    code: "ZENLITE_CONFIG_INVALID",
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

test.each(["App", "a//b", "a..b", "-a", "a-", "a", "x".repeat(300)])("%j is no repository's name", async (name) => {
  await using registry = await open({ uri: host });
  expect(() => registry.reference(name)).toThrow(expect.objectContaining({ code: "ZENLITE_IMAGE_REFERENCE_INVALID" }));
});

test("images are named as docker names those of ECR", async () => {
  await using registry = await open({ uri: `${host}/team` });
  expect(registry.reference("zenlite-packages")).toBe(`${host}/team/zenlite-packages`);
});

test("our lifecycle policy never selects an image that has a tag, however many days it is told", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (days) => {
      const text = lifecyclePolicy(days);
      expect(expiresTagged(text)).toBe(false);
      const { rules } = JSON.parse(text) as { readonly rules: readonly { readonly selection: object }[] };
      expect(rules.map(({ selection }) => selection)).toEqual([
        { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: days },
      ]);
    }),
  );
});

test.each([
  ["any", true],
  ["tagged", true],
  ["untagged", false],
])("a policy for images with tagStatus %s", (tagStatus, expected) => {
  const untagged = { selection: { tagStatus: "untagged" } };
  expect(expiresTagged(JSON.stringify({ rules: [untagged, { selection: { tagStatus } }] }))).toBe(expected);
  expect(expiresTagged("no JSON")).toBe(false);
  expect(expiresTagged('{"rules":[null,1]}')).toBe(false);
});
