export function putInPlace(folder: string, place: string): void;
