/** More packets than are drawn become fewer, each standing for several: what is seen stays bounded. */

import type { Packet } from "../model/types";

/**
 * At most `most` packets. Where there are more, those of one edge and outcome that are close to each other become one, with the
 * weight of all; the followed order's stay as they are, as long as they alone are not too many.
 */
export function merged(packets: readonly Packet[], most: number, followed: string | null = null): readonly Packet[] {
  if (packets.length <= most) return packets;
  const own = followed === null ? [] : packets.filter((each) => each.orderId === followed).slice(0, most >> 1);
  const kept = new Set(own);
  const others = packets.filter((each) => !kept.has(each));
  for (let parts = 64; parts >= 1; parts >>= 1) {
    const fewer = grouped(others, parts);
    if (own.length + fewer.length <= most) return [...own, ...fewer];
  }
  // More edges than packets may be drawn: the heaviest are.
  const heaviest = grouped(others, 1).sort((a, b) => b.weight - a.weight || a.seq - b.seq);
  return [...own, ...heaviest.slice(0, most - own.length)];
}

/** Those in the same of `parts` of an edge, and of the same outcome, as one in their middle. */
function grouped(packets: readonly Packet[], parts: number): Packet[] {
  const groups = new Map<string, Packet>();
  for (const each of packets) {
    const part = Math.min(parts - 1, Math.max(0, Math.floor(each.progress * parts)));
    const key = `${each.edge} ${each.outcome} ${part}${each.log ? " log" : ""}`;
    const first = groups.get(key);
    if (!first) {
      groups.set(key, each);
      continue;
    }
    const weight = first.weight + each.weight;
    const progress = (first.progress * first.weight + each.progress * each.weight) / weight;
    groups.set(key, { ...first, orderId: null, progress, weight });
  }
  return [...groups.values()];
}

/** How large a packet of this weight is, as a multiple of a single one: it grows with the logarithm. */
export const sizeOf = (weight: number): number => Math.min(2.4, 1 + Math.log2(Math.max(1, weight)) * 0.18);
