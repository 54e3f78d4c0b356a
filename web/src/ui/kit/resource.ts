/** Asking the server from a view: what is shown is loaded, what is pressed is done once. */

import { type Signal, useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";

export type Resource<T> = {
  /** What was read last; undefined before the first answer. */
  data: Signal<T | undefined>;
  error: Signal<unknown>;
  loading: Signal<boolean>;
  /** Read again; what is shown stays until the answer is there. */
  reload: () => Promise<void>;
};

/** What `read` answers, read again whenever `key` changes, and every `everyMs` while the page is seen. */
export function useResource<T>(key: string, read: () => Promise<T>, everyMs?: number): Resource<T> {
  const data = useSignal<T | undefined>(undefined);
  const error = useSignal<unknown>(null);
  const loading = useSignal(true);
  const latest = useRef({ key: "", read });
  latest.current.read = read;
  const reload = useCallback(async () => {
    loading.value = true;
    try {
      const found = await latest.current.read();
      if (latest.current.key !== key) return;
      data.value = found;
      error.value = null;
    } catch (failure) {
      if (latest.current.key !== key) return;
      error.value = failure;
    }
    loading.value = false;
  }, [key, data, error, loading]);
  useEffect(() => {
    latest.current.key = key;
    data.value = undefined;
    error.value = null;
    void reload();
    if (everyMs === undefined) return;
    const timer = setInterval(() => document.visibilityState === "visible" && void reload(), everyMs);
    return () => clearInterval(timer);
  }, [key, reload, everyMs, data, error]);
  return { data, error, loading, reload };
}

export type Action<Arguments extends unknown[]> = {
  busy: Signal<boolean>;
  error: Signal<unknown>;
  run: (...args: Arguments) => Promise<void>;
};

/** Something to do; while it is under way a second press does nothing. */
export function useAction<Arguments extends unknown[]>(act: (...args: Arguments) => Promise<void>): Action<Arguments> {
  const busy = useSignal(false);
  const error = useSignal<unknown>(null);
  const run = async (...args: Arguments) => {
    if (busy.value) return;
    busy.value = true;
    error.value = null;
    try {
      await act(...args);
    } catch (failure) {
      error.value = failure;
    } finally {
      busy.value = false;
    }
  };
  return { busy, error, run };
}
