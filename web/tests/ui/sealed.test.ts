import { expect, test } from "vitest";
import { dress, sealed } from "../../src/ui/console/system/sealed";

const read = (html: string) => new DOMParser().parseFromString(sealed(html), "text/html");

test.each([
  "<script>alert(1)</script>",
  "<img src=https://evil.example/x.png onerror=alert(1)>",
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  "<iframe srcdoc='<p>evil.example'></iframe>",
  "<a href='javascript:alert(1)' target=_top>go</a>",
  "<a href='https://evil.example'>go</a>",
  "<form action=https://evil.example><button formaction=https://evil.example>go</button></form>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "<base href=https://evil.example/>",
  "<link rel=prefetch href=https://evil.example/x.css>",
  "<body background=https://evil.example/x.png onload=alert(1)>",
  "<video poster=https://evil.example/x.png src=https://evil.example/x.mp4></video>",
])("nothing of it acts or leads out: %s", (html) => {
  const shown = read(`<p>before</p>${html}<p>after</p>`);
  expect(shown.body.textContent).toContain("before");
  const markup = shown.documentElement.outerHTML.replace(/<meta[^>]*>/, "");
  expect(markup).not.toMatch(/evil\.example|<script|<iframe|<svg|<form|\son\w+=|javascript:/i);
});

test("its own policy comes first, and lets nothing be loaded", () => {
  const shown = read("<html><head><title>x</title></head><body>hello</body></html>");
  const [first] = shown.head.children;
  expect(first?.getAttribute("http-equiv")).toBe("Content-Security-Policy");
  expect(first?.getAttribute("content")).toMatch(/^default-src 'none'/);
  expect(shown.querySelectorAll("meta")).toHaveLength(1);
});

test("styles are put on as styles", () => {
  const shown = read('<p class="a" style="color: red">say style="x"</p>');
  expect(shown.querySelector("[style]")).toBeNull();
  dress(shown);
  const line = shown.querySelector<HTMLElement>("p");
  expect([line?.style.color, line?.textContent]).toEqual(["red", 'say style="x"']);
});
