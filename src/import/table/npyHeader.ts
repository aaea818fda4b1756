import { RunFileError } from "../runSource.js";

/** How the numbers of a file are written, little-endian. */
export type NumberType = "float16" | "float32" | "float64";

export interface NpyHeader {
  type: NumberType;
  /** Number of vectors, and of the numbers in each. */
  shape: [number, number];
  /** Where the numbers begin, in bytes. */
  start: number;
}

const types: Record<string, NumberType> = { "<f2": "float16", "<f4": "float32", "<f8": "float64" };

/**
 * Reads the header of a NumPy file, versions 1 to 3.
 *
 * @param start the file's first bytes
 * @returns null if the file is not a NumPy file
 * @throws RunFileError if its array is not one of vectors that can be read; the message says what to do
 */
export function readNpyHeader(path: string, start: Buffer): NpyHeader | null {
  if (start.toString("latin1", 0, 6) !== "\x93NUMPY") return null;
  const refuse = (reason: string, advice = ""): never => {
    throw new RunFileError(`${path} cannot be read: ${reason}.${advice && ` ${advice}`}`);
  };
  const major = start[6];
  if (major < 1 || major > 3) refuse(`it is of version ${major} of NumPy's format, and 1 to 3 are known`);
  const lengthBytes = major === 1 ? 2 : 4;
  const begin = 8 + lengthBytes;
  if (start.length < begin) refuse("its header is cut off");
  const end = begin + start.readUIntLE(8, lengthBytes);
  if (start.length < end) refuse("its header is cut off");
  const header = start.toString(major === 3 ? "utf8" : "latin1", begin, end);
  const field = (name: string, value: string) =>
    new RegExp(`['"]${name}['"]\\s*:\\s*${value}`).exec(header)?.[1] ?? null;

  const descr = field("descr", `['"]([^'"]*)['"]`);
  if (descr === null)
    refuse("its numbers are records of several fields", "Save one array of float32 instead.");
  if (/^\|?O/.test(descr!)) {
    refuse(
      "it is an object array, which holds pickled Python objects",
      "Save it as numbers: np.save(path, np.stack(array).astype('<f4')).",
    );
  }
  const type = types[descr!];
  if (!type) {
    refuse(
      `its numbers are of type ${descr}, and <f2, <f4 and <f8 can be read`,
      "Save it as float32: np.save(path, array.astype('<f4')).",
    );
  }
  const shape = field("shape", "\\(([^)]*)\\)")
    ?.split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(Number);
  if (!shape || shape.some((length) => !Number.isSafeInteger(length) || length < 0))
    refuse("its header has no shape");
  if (shape!.length !== 2) {
    refuse(
      `its array has ${shape!.length} ${shape!.length === 1 ? "dimension" : "dimensions"} instead of 2`,
      "The first must count the rows, the second the numbers of a vector.",
    );
  }
  const order = field("fortran_order", "(True|False)");
  if (order === null) refuse("its header does not give the order of the numbers");
  if (order === "True") {
    refuse(
      "its array is in Fortran order",
      "Save it in C order: np.save(path, np.ascontiguousarray(array)).",
    );
  }
  if (shape![1] === 0) refuse("its vectors have no numbers");
  return { type, shape: shape as [number, number], start: end };
}
