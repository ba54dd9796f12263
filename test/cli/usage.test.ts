import { describe, expect, test } from "@jest/globals";
import { run } from "./captured.ts";

describe("wrong usage ends with 2 and one sentence that says what is right", () => {
  test.each([
    [
      ["diagnoze"],
      /there is no command "diagnoze"; there are diagnose, run, replay, explain, incidents, pause, resume, approve/,
    ],
    [["constructor"], /there is no command "constructor"/],
    [["help", "toString"], /there is no command "toString"/],
    [["diagnose", "--outptu", "json"], /Unknown option '--outptu'.*\(keda-medic diagnose --help\)/],
    [["diagnose", "--output"], /--output.*argument missing.*\(keda-medic diagnose --help\)/],
    [["diagnose", "prod"], /diagnose takes no argument "prod"/],
    [
      ["diagnose", "--namespace", "Not A Name"],
      /^keda-medic: --namespace: is "Not A Name": set it to a namespace's name/,
    ],
    [["replay"], /replay takes one folder/],
    [["replay", "a", "b"], /replay takes one folder/],
    [["explain", "Healthy", "Recovered"], /explain takes one reason code/],
    [["explain", "Helthy"], /There is no reason code "Helthy"/],
    [["explain", "healthy"], /did you mean Healthy\?/],
    [["explain", "__proto__"], /There is no reason code "__proto__"/],
    [["approve"], /approve takes one incident/],
    [["incidents", "a", "b"], /incidents takes one incident, or none/],
    [["run", "now"], /run takes no argument "now"/],
    [["run", "--role", "boss"], /--role takes respond, restart, sweep, watch, all, not "boss"/],
    [["run", "--mode", "yolo"], /--mode: is "yolo": set it to one of observe, approve, act/],
    [["run", "--port", "99999"], /--port: is "99999": set it to a whole number from 0 to 65535/],
    [["run", "--sweep", "soon"], /--sweep: is "soon": set it to a duration such as 90s, 5m or 24h/],
    [["run", "--host", "!"], /--host: is "!"/],
  ])("keda-medic %j", async (words, said) => {
    const { code, out, err } = await run(words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(said);
    expect(err).toMatch(/^keda-medic: .*\n$/s);
  });

  test("run says everything that is wrong at once", async () => {
    const { code, err } = await run(["run", "--role", "respond", "--mode", "yolo", "--port", "x"]);
    expect(code).toBe(2);
    expect(err).toMatch(/--port: .*\n--mode: /s);
  });

  test("run that cannot find a cluster ends with 3", async () => {
    const { code, err } = await run(["run", "--role", "respond", "--kubeconfig", "/nowhere/config"]);
    expect(code).toBe(3);
    expect(err).toBe("keda-medic: the kubeconfig file /nowhere/config does not exist\n");
  });
});
