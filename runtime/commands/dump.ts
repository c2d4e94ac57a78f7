/** `chalk dump` and its forms (`runtime-core.md` 4.8): the embedded state, on topic `confdump` or into a file. No report. */
import { HostError } from "../host/host.js";
import { dumpAll, dumpConfiguration, dumpParameters } from "../image/dump.js";
import { EMPTY_STATE, type SelfState } from "../image/state.js";
import { type Chalk, commandArguments } from "../start/chalk.js";
import { defaultConfiguration, resolvedPath } from "../start/configurations.js";
import { sensitiveParameters } from "./secrets.js";

function stateOf(chalk: Chalk): SelfState {
  return chalk.self?.state ?? EMPTY_STATE;
}

/** The state without values that are secret; which ones are left out is a warning. */
async function printableState(chalk: Chalk): Promise<SelfState> {
  const state = stateOf(chalk);
  const secret = await sensitiveParameters(state);
  for (const { symbol, url } of secret)
    chalk.logger.warn(
      `the value of parameter '${symbol}' of ${url} is sensitive and is left out; whoever loads this is asked for it`,
    );
  return { ...state, parameters: state.parameters.filter((parameter) => !secret.has(parameter)) };
}

const withNewline = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

async function publish(chalk: Chalk, text: string): Promise<number> {
  await chalk.publisher.publish("confdump", withNewline(text));
  return 0;
}

/** The text of the embedded configuration; with an argument, into that file, which is created or replaced as a whole. */
export async function dump(chalk: Chalk): Promise<number> {
  const text = dumpConfiguration(stateOf(chalk), defaultConfiguration);
  const [argument] = commandArguments(chalk);
  if (argument === undefined) return publish(chalk, text);
  try {
    chalk.host.files.replace(resolvedPath(chalk.host, argument) ?? argument, `${text.replace(/\n+$/, "")}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    chalk.logger.error(`${argument}: the configuration could not be written: ${error.code}`);
    return 1;
  }
}

export async function dumpParams(chalk: Chalk): Promise<number> {
  return publish(chalk, dumpParameters(await printableState(chalk)));
}

/** One titled box per cached component, for people. */
export function dumpCache(chalk: Chalk): Promise<number> {
  const { cache } = stateOf(chalk);
  if (cache.size === 0) return publish(chalk, "No components are cached.");
  const boxes = [...cache].map(([url, source]) => {
    const lines = source.replace(/\n+$/, "").split("\n");
    const rule = "─".repeat(Math.max(url.length, 40));
    return [`┌─ ${url} ${rule}`, ...lines.map((line) => `│ ${line}`), `└${rule}`].join("\n");
  });
  return publish(chalk, boxes.join("\n\n"));
}

export async function dumpEverything(chalk: Chalk): Promise<number> {
  return publish(chalk, dumpAll(await printableState(chalk), defaultConfiguration));
}
