/** A message that may repeat an argument: of a URL in it, without what stands before the host. */
export const withoutPasswords = (message: string): string => message.replace(/:\/\/.*@/g, "://…@");
