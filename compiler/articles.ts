/**
 * The articles behind `chalk config explain CODE`, one for every code of the catalogue. They are kept apart by family in `articles/`; this is the way in.
 * Only those who explain something load them.
 */
import type { Code } from "../grammar/catalogue.js";
import type { Article } from "./articles/article.js";
import { commandLineFaultArticles } from "./articles/command-line-faults.js";
import { commandLineArticles } from "./articles/command-lines.js";
import { componentArticles } from "./articles/components.js";
import { declarationArticles } from "./articles/declarations.js";
import { evaluationArticles } from "./articles/evaluation.js";
import { lexicalArticles } from "./articles/lexical.js";
import { nameArticles } from "./articles/names.js";
import { schemaFaultArticles } from "./articles/schema-faults.js";
import { schemaVerdictArticles } from "./articles/schema-verdicts.js";
import { syntaxArticles } from "./articles/syntax.js";
import { typeArticles } from "./articles/types.js";
import { warningArticles } from "./articles/warnings.js";

export type { Article, Example, ExampleHost } from "./articles/article.js";

/** All articles, by code, in the order of the catalogue's families. */
export const articles: ReadonlyMap<Code, Article> = new Map(
  [
    lexicalArticles,
    syntaxArticles,
    declarationArticles,
    nameArticles,
    typeArticles,
    componentArticles,
    evaluationArticles,
    warningArticles,
    schemaVerdictArticles,
    schemaFaultArticles,
    commandLineArticles,
    commandLineFaultArticles,
  ].flatMap((family) => family.map((article) => [article.code, article] as const)),
);

/** The article of a code as people type it: any case, with or without the family's prefix `C4M-`. Undefined if there is none. */
export function findArticle(name: string): Article | undefined {
  const upper = name.trim().toUpperCase();
  return articles.get((upper.startsWith("C4M-") ? upper : `C4M-${upper}`) as Code);
}
