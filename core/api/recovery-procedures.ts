/** Handlers of the group `recovery`. */
import { type ApiParts, valueOf } from './implementer.ts';

export function recoveryProcedures({ os, peer }: ApiParts) {
  return {
    kit: os.recovery.kit.handler(async () => {
      const { words } = valueOf(await peer.execute({ kind: 'recovery-kit', forget: false }));
      return { words: [...words] };
    }),
    forget: os.recovery.forget.handler(async () => {
      valueOf(await peer.execute({ kind: 'recovery-kit', forget: true }));
      return { forgotten: true as const };
    }),
    recover: os.recovery.recover.handler(async ({ input }) =>
      valueOf(await peer.execute({ kind: 'recover', words: input.words })),
    ),
  };
}
