// Whether simulators of AWS run for the tests that need them: the test script starts them (scripts/aws.mjs).
import { describe } from "vitest";

const continuous = process.env["CI"] === "true" || process.env["CI"] === "1";
const given = process.env["ZENLITE_TEST_AWS_ENDPOINT"] ?? "";

/** The one that lets everybody do everything; any keys do. */
export const endpoint = given === "" ? "http://127.0.0.1:1" : given;
/** The one that enforces IAM. */
export const iamEndpoint = process.env["ZENLITE_TEST_AWS_IAM_ENDPOINT"] ?? "http://127.0.0.1:1";

/** Users of `iamEndpoint`: one who may do everything, and one who may do nothing. */
export const administrator = keysOf("ZENLITE_TEST_AWS_IAM_KEYS");
export const stranger = keysOf("ZENLITE_TEST_AWS_IAM_STRANGER");

function keysOf(variable: string): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  const [accessKeyId = "", secretAccessKey = ""] = (process.env[variable] ?? "").split(":");
  return { accessKeyId, secretAccessKey };
}

/** In continuous integration nothing is skipped: without a simulator these tests fail. */
export const onAws = describe.skipIf(given === "" && !continuous);
