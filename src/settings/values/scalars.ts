import ipaddr from 'ipaddr.js';
import { bad, badItems, maxListLength, ok, quote, type ValueType } from './result.ts';

/** One of a few words. */
export function oneOf<const W extends string>(words: readonly W[]): ValueType<W> {
  return {
    name: words.join(', '),
    parse(text) {
      const word = words.find((candidate) => candidate === text.trim());
      return word === undefined ? bad(`${quote(text)} is not one of ${words.join(', ')}`) : ok(word);
    },
  };
}

const booleans: Readonly<Record<string, boolean>> = {
  1: true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  0: false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/** The spellings of Go's strconv.ParseBool, which is how Linkerd reads its booleans. */
export const booleanType: ValueType<boolean> = {
  name: 'boolean',
  parse(text) {
    const value = Object.hasOwn(booleans, text.trim()) ? booleans[text.trim()] : undefined;
    return value === undefined ? bad(`${quote(text)} is not a boolean; use true or false`) : ok(value);
  },
};

export const booleanOrAutoType: ValueType<boolean | 'auto'> = {
  name: 'boolean or auto',
  parse(text) {
    if (text.trim() === 'auto') return ok('auto');
    const value = booleanType.parse(text);
    return value.ok ? value : bad(`${quote(text)} is neither a boolean nor auto; use true, false or auto`);
  },
};

/** A user or group id. Root is refused: rules of proxy-init exempt the proxy by its id, and root's traffic is the node's. */
export function idType({
  minusOneIsDefault,
}: {
  readonly minusOneIsDefault: boolean;
}): ValueType<number | 'default'> {
  const max = 2 ** 31 - 1; // runAsUser and runAsGroup in Kubernetes' validation
  return {
    name: 'id',
    parse(text) {
      const trimmed = text.trim();
      if (minusOneIsDefault && trimmed === '-1') return ok('default');
      const id = /^\d{1,10}$/u.test(trimmed) ? Number(trimmed) : 0;
      return id >= 1 && id <= max
        ? ok(id)
        : bad(
            `${quote(text)} is not an id; allowed are 1 to ${max} (not root)${minusOneIsDefault ? ', and -1 for the default' : ''}`,
          );
    },
  };
}

/** Whole seconds, zero or more. */
export const secondsType: ValueType<number> = {
  name: 'seconds',
  parse(text) {
    return /^\d{1,6}$/u.test(text.trim())
      ? ok(Number(text.trim()))
      : bad(`${quote(text)} is not a number of seconds; allowed are whole numbers from 0 to 999999`);
  },
};

/** Subnets in CIDR form, comma-separated. */
export const subnetListType: ValueType<readonly string[]> = {
  name: 'list of subnets',
  maxLength: maxListLength,
  parse(text) {
    const subnets = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    const wrong = subnets.filter((subnet) => !isSubnet(subnet));
    return wrong.length === 0
      ? ok(subnets)
      : badItems(
          wrong.map((subnet) => `${quote(subnet)} is not a subnet; write address/length, such as 10.0.0.0/8`),
        );
  },
};

/** Only what Go's net.ParseCIDR takes, which proxy-init uses: not the short, octal and hexadecimal forms of IPv4. */
function isSubnet(text: string): boolean {
  return ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text);
}

export function isIpv6Subnet(subnet: string): boolean {
  return subnet.includes(':');
}
