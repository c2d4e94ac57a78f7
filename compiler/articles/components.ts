/** Articles about components and their parameters (family M; `language.md` 7). */
import { defineArticles } from "./article.js";

export const componentArticles = defineArticles([
  [
    "C4M-M001",
    'The file of a component could not be found or read. use NAME from "FOLDER" reads NAME.c4m in that folder, seen from the working directory or else from the using file; without from it is the folder of the executable. Check spelling and permissions. A component is also loaded if its use is in a branch that never runs.',
    'use network from "."\n',
    { config: 'use network from "."\n', components: { network: "port = 80\n" } },
  ],
  [
    "C4M-M002",
    "The component could not be fetched: the server did not answer in time, its certificate is not trusted, or it answered with an error or nothing. Try the address, with .c4m at its end, in a browser. Components are stored with the configuration by chalk load, after which nothing is fetched any more.",
    { config: 'use network from "https://example.com/c4m"\n', host: { does: "The server answers 404.", httpStatus: 404 } },
    { config: 'use network from "https://example.com/c4m"\n', host: { does: "The server answers 200.", httpStatus: 200 } },
  ],
  [
    "C4M-M003",
    "Components are code that runs with your configuration, so they are fetched over HTTPS only, where nobody can exchange them on the way. Use an https address, or copy the file next to your configuration.",
    'use network from "http://example.com/c4m"\n',
    { config: 'use network from "https://example.com/c4m"\n', host: { does: "The server answers 200.", httpStatus: 200 } },
  ],
  [
    "C4M-M004",
    "The component uses itself, directly or through others; the notes show the way round. Move what both need into a third component that uses neither.",
    { config: 'use ping from "."\n', components: { ping: 'use pong from "."\n', pong: 'use ping from "."\n' } },
    { config: 'use ping from "."\n', components: { ping: 'use pong from "."\n', pong: "port = 80\n" } },
  ],
  [
    "C4M-M005",
    "The parameter has no default, and nobody has configured a value for it. chalk load asks for values of parameters when it stores a configuration; they can also be handed in with --params. Or give the parameter a default.",
    'parameter token {\n  shortdoc: "Token of the service"\n}\n',
    'parameter token {\n  shortdoc: "Token of the service"\n  default: ""\n}\n',
  ],
  [
    "C4M-M006",
    "The value that is configured for a parameter does not have its type, which is that of its default. Perhaps the component was updated since the value was stored. Configure it again with chalk load.",
    {
      config: "parameter port {\n  default: 80\n}\n",
      host: { does: 'The value "http" is configured for port.', parameter: { name: "port", type: "string", value: "http" } },
    },
    {
      config: "parameter port {\n  default: 80\n}\n",
      host: { does: "The value 8080 is configured for port.", parameter: { name: "port", type: "int", value: 8080n } },
    },
  ],
  [
    "C4M-M007",
    "A value was configured for a parameter that the component does not declare. Check the spelling, or remove the value: the component may have been updated since it was stored.",
    {
      config: "parameter port {\n  default: 80\n}\n",
      host: { does: "The value 8080 is configured for prot.", parameter: { name: "prot", type: "int", value: 8080n } },
    },
    {
      config: "parameter port {\n  default: 80\n}\n",
      host: { does: "The value 8080 is configured for port.", parameter: { name: "port", type: "int", value: 8080n } },
    },
  ],
  [
    "C4M-M008",
    "The parameter has a validator, a function of the component that judges values, and it refused this one; the message is its own. Configure another value.",
    {
      config:
        'func check(port: int) {\n  if port < 1024 { return "ports below 1024 are reserved" }\n  return ""\n}\nparameter port {\n  default: 8080\n  validator: func check\n}\n',
      host: { does: "The value 80 is configured for port.", parameter: { name: "port", type: "int", value: 80n } },
    },
    {
      config:
        'func check(port: int) {\n  if port < 1024 { return "ports below 1024 are reserved" }\n  return ""\n}\nparameter port {\n  default: 8080\n  validator: func check\n}\n',
      host: { does: "The value 8000 is configured for port.", parameter: { name: "port", type: "int", value: 8000n } },
    },
  ],
]);
