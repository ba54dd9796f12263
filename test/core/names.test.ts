import { describe, expect, test } from "@jest/globals";
import { incidentName, installationName } from "../../src/core/names.ts";

describe("names are lower-case RFC 1123 subdomains", () => {
  test("an installation is the cluster and the namespace", () => {
    expect(installationName("prod", "keda")).toBe("prod.keda");
  });

  test("an incident is the installation and twelve digits of the generation", () => {
    expect(incidentName("prod.keda", "0123456789abcdef")).toBe("prod.keda.0123456789ab");
  });

  test.each([
    ["capitals", "Prod-EU", "prod-eu.keda"],
    ["what may not stand in a name", "arn:aws:eks/prod_1", "arn-aws-eks-prod-1.keda"],
    ["several of them at once", "a::/b", "a-b.keda"],
    ["a dash beside a dot", "a-.-b", "a-b.keda"],
    ["a dash or dot at the start", "-.a", "a.keda"],
    ["nothing but what may not stand in it", "::", "keda"],
  ])("%s: %s is %s", (_, cluster, name) => {
    expect(installationName(cluster, "keda")).toBe(name);
  });

  test("at most 180 characters, and no dash or dot at the end", () => {
    expect(installationName("a".repeat(200), "keda")).toBe("a".repeat(180));
    expect(installationName("a".repeat(179), "keda")).toBe("a".repeat(179));
    expect(installationName(`${"a".repeat(178)}-`, "keda")).toBe(`${"a".repeat(178)}-k`);
    expect(installationName("prod", "keda-")).toBe("prod.keda");
    expect(installationName("prod", "--")).toBe("prod");
  });
});
