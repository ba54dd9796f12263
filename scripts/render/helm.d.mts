export const kubeVersion: string;
export function helmPath(): Promise<string>;
export function runHelm(helm: string, args: readonly string[]): string;
