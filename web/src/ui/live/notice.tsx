/** Whose the pictures of the services are. */

import { ICON_NOTICE } from "../../model/notice";

export const IconNotice = () => (
  <details class="px-1 text-xs text-soft">
    <summary class="min-h-6 cursor-pointer">About the icons</summary>
    <p class="mt-1 max-w-prose">
      {ICON_NOTICE.what}. {ICON_NOTICE.owner} {ICON_NOTICE.use}
    </p>
    <p class="mt-1 max-w-prose break-words">
      {ICON_NOTICE.terms} · {ICON_NOTICE.package}
    </p>
  </details>
);
