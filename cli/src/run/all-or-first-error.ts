/**
 * Like `Promise.all`, but when one fails the others are waited for before the error is passed
 * on, so that nothing is still being started while everything is being stopped.
 */
export async function allOrFirstError<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  try {
    return await Promise.all(promises);
  } catch (error) {
    await Promise.allSettled(promises);
    throw error;
  }
}
