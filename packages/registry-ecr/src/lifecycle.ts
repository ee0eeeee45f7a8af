/** What ECR may delete by itself. Pure. https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html */
import { isJsonObject } from "@zenlite/core";

/**
 * Our images are tagged once, by the digest of their recipe, in a repository whose tags cannot change: so each image that a plan or a schedule
 * pins keeps its tag, and only what an interrupted push left behind has none. Children of an index have no tag either, and ECR itself spares them.
 */
export function lifecyclePolicy(expireUntaggedDays: number): string {
  return JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: "zenlite: what interrupted pushes left. Tagged images never expire: plans and schedules pin them.",
        selection: {
          tagStatus: "untagged",
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: expireUntaggedDays,
        },
        action: { type: "expire" },
      },
    ],
  });
}

/** True where somebody else's policy may take an image away that has a tag. */
export function expiresTagged(policyText: string): boolean {
  let policy: unknown;
  try {
    policy = JSON.parse(policyText);
  } catch {
    return false;
  }
  const rules = isJsonObject(policy) && Array.isArray(policy["rules"]) ? policy["rules"] : [];
  return rules.some((rule: unknown) => {
    const selection = isJsonObject(rule) ? rule["selection"] : undefined;
    return isJsonObject(selection) && selection["tagStatus"] !== "untagged";
  });
}
