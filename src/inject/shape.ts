/**
 * Checks of JSON from outside that tell where it is wrong. A schema library does the same, and configuration is
 * checked by one; but loading and compiling it takes longer than all of `outrigger inject`, and what pods and
 * manifests need of it stands on this page. Fields are read by their names, and not in a loop over names: each
 * pod of a cluster comes through here, and V8 reads a field that it knows several times as fast.
 */
import { isObject } from '../is-object.ts';

/** Where a value is wrong, as a path such as `containers.0.name` ('' is the value itself); undefined where it is right. */
export type Fault = string | undefined;
export type Shape = (value: unknown) => Fault;

export function text(value: unknown): Fault {
  return typeof value === 'string' ? undefined : '';
}

export function truth(value: unknown): Fault {
  return typeof value === 'boolean' ? undefined : '';
}

export function integer(value: unknown): Fault {
  return Number.isInteger(value) ? undefined : '';
}

export function textOrInteger(value: unknown): Fault {
  return typeof value === 'string' || Number.isInteger(value) ? undefined : '';
}

export function textOrNumber(value: unknown): Fault {
  return typeof value === 'string' || Number.isFinite(value) ? undefined : '';
}

export function matching(form: RegExp): Shape {
  return (value) => (typeof value === 'string' && form.test(value) ? undefined : '');
}

export function oneOf(...values: readonly unknown[]): Shape {
  return (value) => (values.includes(value) ? undefined : '');
}

/** For a field that may be missing. */
export function optional(shape: Shape): Shape {
  return (value) => (value === undefined ? undefined : shape(value));
}

/** For a field that may be missing or null. */
export function nullable(shape: Shape): Shape {
  return (value) => (value === undefined || value === null ? undefined : shape(value));
}

/** The fields of what may be a T: any of them may be missing, or anything. */
export type Raw<T> = { readonly [K in keyof T]?: unknown };

/** @param faultIn what `at` finds in one `Raw` field after the other, joined by `??`; others may stand beside them */
export function object(faultIn: (fields: Readonly<Record<string, unknown>>) => Fault): Shape {
  return (value) => (isObject(value) ? faultIn(value) : '');
}

/** The fault of a field. One that is missing, and should not be, is a fault of the object. */
export function at(name: string, value: unknown, shape: Shape): Fault {
  const fault = shape(value);
  return fault === undefined ? undefined : value === undefined ? '' : under(name, fault);
}

/** For what few pods bear: an object of these fields, and of no others. */
export function closed(fields: Readonly<Record<string, Shape>>): Shape {
  return (value) => {
    if (!isObject(value)) return '';
    for (const [name, shape] of Object.entries(fields)) {
      const fault = at(name, value[name], shape);
      if (fault !== undefined) return fault;
    }
    return Object.keys(value).every((name) => Object.hasOwn(fields, name)) ? undefined : '';
  };
}

/** A list with a shape for each place; the last ones may be missing where they are optional. */
export function tuple(...shapes: readonly Shape[]): Shape {
  const fields = closed(Object.fromEntries(shapes.entries()));
  return (value) => (Array.isArray(value) ? fields(Object.fromEntries(value.entries())) : '');
}

/** Whatever its keys, each value is of one shape. */
export function mapOf(shape: Shape): Shape {
  return (value) => {
    if (!isObject(value)) return '';
    for (const key of Object.keys(value)) {
      const fault = shape(value[key]);
      if (fault !== undefined) return under(key, fault);
    }
    return undefined;
  };
}

export function listOf(shape: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return '';
    for (let index = 0; index < value.length; index += 1) {
      const fault = shape(value[index]);
      if (fault !== undefined) return under(String(index), fault);
    }
    return undefined;
  };
}

function under(name: string, fault: string): string {
  return fault === '' ? name : `${name}.${fault}`;
}
