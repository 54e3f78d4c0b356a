/** A mail's HTML made safe to be shown: in a frame without scripts, whose own policy lets nothing be loaded. */

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const KEPT = "data-style";

/** The document to put into a frame with `sandbox="allow-same-origin"`: no script runs there, and nothing leads out. */
export function sealed(html: string): string {
  const read = new DOMParser().parseFromString(html, "text/html");
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
  // The page's own policy refuses styles in markup: they are put on by `dress`, as styles, not as markup.
  for (const each of read.querySelectorAll("[style]")) {
    each.setAttribute(KEPT, each.getAttribute("style") ?? "");
    each.removeAttribute("style");
  }
  for (const each of read.querySelectorAll("style")) {
    const kept = read.createElement("template");
    kept.setAttribute(KEPT, each.textContent ?? "");
    each.replaceWith(kept);
  }
  return `<!doctype html>${read.documentElement.outerHTML}`;
}

/** Puts the styles on that `sealed` has set aside. */
export function dress(shown: Document) {
  for (const each of shown.querySelectorAll<HTMLElement>(`[${KEPT}]`)) {
    const said = each.getAttribute(KEPT) ?? "";
    if (!(each instanceof (shown.defaultView?.HTMLTemplateElement ?? HTMLTemplateElement))) each.style.cssText = said;
    else if (shown.defaultView) {
      const sheet = new shown.defaultView.CSSStyleSheet();
      sheet.replaceSync(said);
      shown.adoptedStyleSheets.push(sheet);
    }
  }
}
