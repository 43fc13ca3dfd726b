// turnkeep over HTTP: node turnkeep.ts <database URL>.
import { HttpRuntime } from "../../src/index.ts";
import { BenchComponent } from "./component.ts";
import { report } from "./reporting.ts";

const [userSessionConfig = ""] = process.argv.slice(2);
const runtime = new HttpRuntime({
  component: new BenchComponent(),
  userSessionConfig,
  runLimit: 20_000,
});
const { url } = await runtime.serve({ port: 0 });
report(url);
