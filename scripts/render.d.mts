export function rendered(helm: string): Promise<Readonly<Record<string, string>>>;
