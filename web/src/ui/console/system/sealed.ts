/** A mail's HTML made safe to be shown: in a frame without scripts, whose own policy lets nothing be loaded. */

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const KEPT = "data-style";
const SHEET = "data-sheet";

/** The document to put into a frame with `sandbox="allow-same-origin"`: no script runs there, and nothing leads out. */
export function sealed(html: string): string {
  const read = new DOMParser().parseFromString(setAside(html), "text/html");
  for (const each of read.querySelectorAll("script, base, link, meta, iframe, frame, object, embed, form, svg, math"))
    each.remove();
  for (const each of read.querySelectorAll("*"))
    for (const { name } of [...each.attributes])
      if (/^(on|href$|src|action$|background$|poster$|ping$|target$|formaction$|xlink:)/i.test(name))
        each.removeAttribute(name);
  const policy = read.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = POLICY;
  read.head.prepend(policy);
  return `<!doctype html>${read.documentElement.outerHTML}`;
}

/** The page's own policy refuses styles in markup, so `dress` puts them on: as styles, not as markup. */
const setAside = (html: string) =>
  html
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle(?=\s*=)/gi, ` ${KEPT}`))
    .replace(/<style\b[^>]*>([^<]*)<\/style>/gi, (_, sheet: string) => `<template ${SHEET}>${sheet}</template>`)
    .replace(/<style\b/gi, "<template");

/** Puts the styles on that `sealed` has set aside. */
export function dress(shown: Document) {
  const view = shown.defaultView;
  for (const each of shown.querySelectorAll<HTMLElement>(`[${KEPT}]`))
    each.style.cssText = each.getAttribute(KEPT) ?? "";
  for (const each of shown.querySelectorAll<HTMLTemplateElement>(`template[${SHEET}]`)) {
    if (!view) continue;
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(each.content.textContent ?? "");
    shown.adoptedStyleSheets.push(sheet);
  }
}
