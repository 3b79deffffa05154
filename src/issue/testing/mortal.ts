/** How a process dies: in the method `end`; `over`: it did. */
export interface Life {
  end: string;
  /** True: what `end` does happens, and nobody hears of it. Default: it does not happen. */
  after?: boolean;
  over: boolean;
}

/** The part of a process that is killed in this method: nothing it calls from then on happens. */
export function mortal<T extends object>(part: T, life: Life): T {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (life.over) throw new Error('killed');
        life.over = name === life.end;
        if (life.over && life.after !== true) throw new Error('killed');
        const result: unknown = await member.apply(target, args);
        if (life.over) throw new Error('killed');
        return result;
      };
    },
  });
}
