/** Time without idle hours: for the replay of an order that was shipped days after it was placed. */

/** Between two events at most so much time is shown. */
export const IDLE_MS = 1500;

export class Squeeze {
  private readonly knots: { real: number; view: number }[] = [];

  /** The view time of an event. Events come in the order of time; what comes late is shown with the last. */
  take(real: number): number {
    const last = this.knots.at(-1);
    if (last && real <= last.real) return last.view;
    const view = last ? last.view + Math.min(real - last.real, IDLE_MS) : real;
    this.knots.push({ real, view });
    return view;
  }

  /** What time it really was at a view time, for who reads the clock. */
  real(view: number): number {
    let found = this.knots[0];
    if (!found || view <= found.view) return view;
    for (const knot of this.knots) {
      if (knot.view > view) return Math.min(found.real + (view - found.view), knot.real);
      found = knot;
    }
    return found.real + (view - found.view);
  }
}
