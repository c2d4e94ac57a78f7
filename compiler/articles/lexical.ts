/** Articles about the smallest parts of the text: characters, strings, numbers, comments (family L; `language.md` 1). */
import { defineArticles } from "./article.js";

const raw = String.raw;

export const lexicalArticles = defineArticles([
  [
    "C4M-L001",
    "This character begins no word, number, string or operator of c4m. It is often a typographic quote or dash that came along when text was copied from a web page or a document, a no-break space, or an operator of another language such as ^, @ or ?. Replace it with what c4m knows, or put it inside a string, where every character is welcome.",
    "price: 10 @ 2",
    "price: 10 * 2",
  ],
  [
    "C4M-L002",
    'A string in double quotes ends on the line where it begins, and this one has no closing quote there. Add the quote; if the string contains one, write it as \\". For text that runs over several lines use three quotes at both ends, or join pieces with +.',
    'greeting: "hello\n',
    'greeting: "hello"\nlong: """two\nlines"""\n',
  ],
  [
    "C4M-L003",
    'A string that begins with three quotes goes on, over as many lines as it likes, until the next three quotes; here the file ends first. The place shown is where the string begins, since everything after it was taken for its text. Add """ where the text should end.',
    'note: """first line\nsecond line\n',
    'note: """first line\nsecond line"""\n',
  ],
  [
    "C4M-L004",
    "A comment that begins with /* must end with */, and the file ends before that. Such comments do not nest: the first */ closes the comment, however many /* stand in it. For comments of one line, # needs no end.",
    "/* settings of the test machines\nlevel: 3\n",
    "/* settings of the test machines */\nlevel: 3\n",
  ],
  [
    "C4M-L005",
    "Single quotes hold exactly one character, or one escape such as '\\n'. Text of any other length is a string and takes double quotes; c4m does not use the two kinds of quotes interchangeably.",
    "separator: 'ab'",
    "separator: \"ab\"\nletter: 'a'\n",
  ],
  [
    "C4M-L006",
    "A literal such as <<5 min>> or <<10.0.0.0/8>> begins with << and ends with >>, which is missing. Everything up to the end of the file was taken for its text. Close it right after the value.",
    "timeout: << 5 min",
    "timeout: << 5 min >>",
  ],
  [
    "C4M-L007",
    "The escapes \\x, \\u and \\U are followed by exactly two, four and eight hexadecimal digits. Here something else stands among them. If you meant a backslash followed by the letter, as in a Windows path, write the backslash twice.",
    raw`folder: "C:\xyz"`,
    raw`folder: "C:\\xyz"
euro: "\u20ac"`,
  ],
  [
    "C4M-L008",
    "The string ends before the escape has all of its digits: \\x takes two hexadecimal digits, \\u four and \\U eight, none of which may be left out. Pad short numbers with zeros on the left.",
    raw`letter: "\u41"`,
    raw`letter: "\u0041"`,
  ],
  [
    "C4M-L009",
    "After the point of a number there must be a digit, and so must there be after the e of an exponent. To call a function on a number in the form x.f(), put the number in parentheses: 5.hex() would begin a fraction.",
    "ratio: 5.\n",
    "ratio: 5.0\ncode: (5).hex()\n",
  ],
  [
    "C4M-L010",
    "The escape names a number that is no Unicode character. Characters go up to 10FFFF, and D800 to DFFF are reserved for the inside of UTF-16. A character beyond FFFF is written with \\U and eight digits, not as two halves with \\u.",
    raw`face: "\ud83d\ude00"`,
    raw`face: "\U0001f600"`,
  ],
  [
    "C4M-L011",
    "A line ends with a line feed, or with a carriage return and a line feed. A carriage return alone is neither, and most editors do not show it, so that the file means something else than it seems to. Save the file again with Unix or Windows line ends.",
    "first: 1\rsecond: 2",
    "first: 1\r\nsecond: 2",
  ],
  [
    "C4M-L012",
    "The file contains a NUL character, which never occurs in text. Usually the file is not UTF-8 but UTF-16, or it is not a configuration at all. Save it as UTF-8; inside strings, write \\x00 if you really need that character.",
    "level: 3\u0000",
    "level: 3",
  ],
  [
    "C4M-L013",
    "c4m writes the logical operators as && and ||, or as the words and and or. A single & or | would be an operator on bits; for those there are the functions bitand() and bitor().",
    "busy: true & false",
    "busy: true and false\nmask: bitand(12, 10)\n",
  ],
]);
