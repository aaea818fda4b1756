import { expect, test } from "vitest";
import { isSvg } from "../../src/database/recording/svg.js";

test.each([
  "<svg/>",
  "<svg></svg>",
  "<svg a='>' b=\"/>'\" />",
  " \n<svg xmlns='x'><g>a > b</g></svg>\n",
  "\u{feff}<svg></svg>",
  '<?xml version="1.0"?><?style x?><!-- a > b --><!DOCTYPE svg [<!ENTITY a "b">]><svg:svg></svg:svg >',
  '<!DOCTYPE svg [<!ENTITY a "]"> <!ENTITY b "c">\n] ><svg></svg>',
  '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd"><svg></svg><!-- end --> <?end?>\n',
  `<!--${"x".repeat(100_000)}--><svg></svg>`,
])("is a valid SVG: %j", (text) => {
  expect(isSvg(Buffer.from(text))).toBe(true);
});

test.each([
  "",
  "<",
  "<svg>",
  "<svg",
  "svg",
  "<svg></g>",
  "<svg></svg>x",
  "<svg></svg><g/>",
  "<html><svg></svg></html>",
  "<svgs></svgs>",
  "<!-- <svg></svg> -->",
  "<!-- <svg></svg>",
  "<?xml <svg></svg>",
  "<!DOCTYPE svg [ <svg></svg>",
  "<!DOCTYPE svg><!DOCTYPE svg><svg></svg>",
  "<!DOCTYPE svg [<!ENTITY a 'b'>]><!-- --><!DOCTYPE svg><svg></svg>",
  "<svg><!-- </svg> --",
  "<svg><!-- </svg> -->",
  "<svg a='>' ><g/>",
  "<svg a='/>",
  "<svg a='\"/>",
])("is not a valid SVG: %j", (text) => {
  expect(isSvg(Buffer.from(text))).toBe(false);
});

test("text that is not UTF-8 is not a valid SVG", () => {
  expect(isSvg(Buffer.from("<svg>\xe9</svg>", "latin1"))).toBe(false);
});
