/** Names that OpenSSL has for object identifiers in certificates. */

/** Attributes of distinguished names: long and short name. */
export const ATTRIBUTES: ReadonlyMap<string, readonly [long: string, short: string]> = new Map([
  ["2.5.4.3", ["commonName", "CN"]],
  ["2.5.4.4", ["surname", "SN"]],
  ["2.5.4.5", ["serialNumber", "serialNumber"]],
  ["2.5.4.6", ["countryName", "C"]],
  ["2.5.4.7", ["localityName", "L"]],
  ["2.5.4.8", ["stateOrProvinceName", "ST"]],
  ["2.5.4.9", ["streetAddress", "street"]],
  ["2.5.4.10", ["organizationName", "O"]],
  ["2.5.4.11", ["organizationalUnitName", "OU"]],
  ["2.5.4.12", ["title", "title"]],
  ["2.5.4.13", ["description", "description"]],
  ["2.5.4.15", ["businessCategory", "businessCategory"]],
  ["2.5.4.16", ["postalAddress", "postalAddress"]],
  ["2.5.4.17", ["postalCode", "postalCode"]],
  ["2.5.4.18", ["postOfficeBox", "postOfficeBox"]],
  ["2.5.4.20", ["telephoneNumber", "telephoneNumber"]],
  ["2.5.4.41", ["name", "name"]],
  ["2.5.4.42", ["givenName", "GN"]],
  ["2.5.4.43", ["initials", "initials"]],
  ["2.5.4.44", ["generationQualifier", "generationQualifier"]],
  ["2.5.4.45", ["x500UniqueIdentifier", "x500UniqueIdentifier"]],
  ["2.5.4.46", ["dnQualifier", "dnQualifier"]],
  ["2.5.4.65", ["pseudonym", "pseudonym"]],
  ["2.5.4.72", ["role", "role"]],
  ["2.5.4.97", ["organizationIdentifier", "organizationIdentifier"]],
  ["1.2.840.113549.1.9.1", ["emailAddress", "emailAddress"]],
  ["1.2.840.113549.1.9.2", ["unstructuredName", "unstructuredName"]],
  ["1.2.840.113549.1.9.8", ["unstructuredAddress", "unstructuredAddress"]],
  ["0.9.2342.19200300.100.1.1", ["userId", "UID"]],
  ["0.9.2342.19200300.100.1.3", ["rfc822Mailbox", "mail"]],
  ["0.9.2342.19200300.100.1.25", ["domainComponent", "DC"]],
  ["1.3.6.1.4.1.311.60.2.1.1", ["jurisdictionLocalityName", "jurisdictionL"]],
  ["1.3.6.1.4.1.311.60.2.1.2", ["jurisdictionStateOrProvinceName", "jurisdictionST"]],
  ["1.3.6.1.4.1.311.60.2.1.3", ["jurisdictionCountryName", "jurisdictionC"]],
]);

/** Algorithms of keys and signatures. */
export const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.1", "rsaEncryption"],
  ["1.2.840.113549.1.1.2", "md2WithRSAEncryption"],
  ["1.2.840.113549.1.1.4", "md5WithRSAEncryption"],
  ["1.2.840.113549.1.1.5", "sha1WithRSAEncryption"],
  ["1.2.840.113549.1.1.10", "rsassaPss"],
  ["1.2.840.113549.1.1.11", "sha256WithRSAEncryption"],
  ["1.2.840.113549.1.1.12", "sha384WithRSAEncryption"],
  ["1.2.840.113549.1.1.13", "sha512WithRSAEncryption"],
  ["1.2.840.113549.1.1.14", "sha224WithRSAEncryption"],
  ["2.16.840.1.101.3.4.3.14", "RSA-SHA3-256"],
  ["2.16.840.1.101.3.4.3.15", "RSA-SHA3-384"],
  ["2.16.840.1.101.3.4.3.16", "RSA-SHA3-512"],
  ["1.2.840.10040.4.1", "dsaEncryption"],
  ["1.2.840.10040.4.3", "dsaWithSHA1"],
  ["2.16.840.1.101.3.4.3.2", "dsa_with_SHA256"],
  ["1.2.840.10045.2.1", "id-ecPublicKey"],
  ["1.2.840.10045.4.1", "ecdsa-with-SHA1"],
  ["1.2.840.10045.4.3.1", "ecdsa-with-SHA224"],
  ["1.2.840.10045.4.3.2", "ecdsa-with-SHA256"],
  ["1.2.840.10045.4.3.3", "ecdsa-with-SHA384"],
  ["1.2.840.10045.4.3.4", "ecdsa-with-SHA512"],
  ["1.3.101.110", "X25519"],
  ["1.3.101.111", "X448"],
  ["1.3.101.112", "ED25519"],
  ["1.3.101.113", "ED448"],
]);

/** Bits of keys whose length is not in the key itself: curves by parameters, others by algorithm. */
export const KEY_BITS: ReadonlyMap<string, number> = new Map([
  ["1.2.840.10045.3.1.1", 192],
  ["1.2.840.10045.3.1.7", 256],
  ["1.3.132.0.10", 256],
  ["1.3.132.0.33", 224],
  ["1.3.132.0.34", 384],
  ["1.3.132.0.35", 521],
  ["1.3.36.3.3.2.8.1.1.7", 256],
  ["1.3.36.3.3.2.8.1.1.11", 384],
  ["1.3.36.3.3.2.8.1.1.13", 512],
  ["1.3.101.110", 253],
  ["1.3.101.111", 448],
  ["1.3.101.112", 253],
  ["1.3.101.113", 456],
]);

/** Extended key usages. */
export const PURPOSES: ReadonlyMap<string, string> = new Map([
  ["1.3.6.1.5.5.7.3.1", "TLS Web Server Authentication"],
  ["1.3.6.1.5.5.7.3.2", "TLS Web Client Authentication"],
  ["1.3.6.1.5.5.7.3.3", "Code Signing"],
  ["1.3.6.1.5.5.7.3.4", "E-mail Protection"],
  ["1.3.6.1.5.5.7.3.5", "IPSec End System"],
  ["1.3.6.1.5.5.7.3.6", "IPSec Tunnel"],
  ["1.3.6.1.5.5.7.3.7", "IPSec User"],
  ["1.3.6.1.5.5.7.3.8", "Time Stamping"],
  ["1.3.6.1.5.5.7.3.9", "OCSP Signing"],
  ["1.3.6.1.5.5.7.3.10", "dvcs"],
  ["1.3.6.1.5.5.7.3.17", "ipsec Internet Key Exchange"],
  ["1.3.6.1.5.5.7.3.21", "SSH Client"],
  ["1.3.6.1.5.5.7.3.22", "SSH Server"],
  ["1.3.6.1.4.1.311.2.1.21", "Microsoft Individual Code Signing"],
  ["1.3.6.1.4.1.311.2.1.22", "Microsoft Commercial Code Signing"],
  ["1.3.6.1.4.1.311.10.3.1", "Microsoft Trust List Signing"],
  ["1.3.6.1.4.1.311.10.3.3", "Microsoft Server Gated Crypto"],
  ["1.3.6.1.4.1.311.10.3.4", "Microsoft Encrypted File System"],
  ["1.3.6.1.4.1.311.20.2.2", "Microsoft Smartcard Login"],
  ["1.3.6.1.5.2.3.5", "Signing KDC Response"],
  ["2.16.840.1.113730.4.1", "Netscape Server Gated Crypto"],
  ["2.5.29.37.0", "Any Extended Key Usage"],
]);

/** Bits of key usage. */
export const USAGES: readonly string[] = [
  "Digital Signature",
  "Non Repudiation",
  "Key Encipherment",
  "Data Encipherment",
  "Key Agreement",
  "Certificate Sign",
  "CRL Sign",
  "Encipher Only",
  "Decipher Only",
];

/** Extensions whose OpenSSL name begins with `X509`, besides those that have keys of their own. */
export const EXTRA_EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["2.5.29.9", "X509v3 Subject Directory Attributes"],
  ["2.5.29.16", "X509v3 Private Key Usage Period"],
  ["2.5.29.18", "X509v3 Issuer Alternative Name"],
  ["2.5.29.20", "X509v3 CRL Number"],
  ["2.5.29.21", "X509v3 CRL Reason Code"],
  ["2.5.29.28", "X509v3 Issuing Distribution Point"],
  ["2.5.29.30", "X509v3 Name Constraints"],
  ["2.5.29.31", "X509v3 CRL Distribution Points"],
  ["2.5.29.32", "X509v3 Certificate Policies"],
  ["2.5.29.33", "X509v3 Policy Mappings"],
  ["2.5.29.36", "X509v3 Policy Constraints"],
  ["2.5.29.46", "X509v3 Freshest CRL"],
  ["2.5.29.54", "X509v3 Inhibit Any Policy"],
]);

/** Extensions that OpenSSL knows under other names; they are not reported. */
export const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  "1.3.6.1.5.5.7.1.1",
  "1.3.6.1.5.5.7.1.3",
  "1.3.6.1.5.5.7.1.7",
  "1.3.6.1.5.5.7.1.8",
  "1.3.6.1.5.5.7.1.11",
  "1.3.6.1.5.5.7.1.24",
  "1.3.6.1.5.5.7.48.1.5",
  "1.3.6.1.4.1.11129.2.4.2",
  "1.3.6.1.4.1.11129.2.4.3",
  "1.3.6.1.4.1.311.20.2",
  "1.2.840.113549.1.9.15",
  "1.2.840.113533.7.65.0",
  "2.16.840.1.113730.1.1",
  "2.16.840.1.113730.1.2",
  "2.16.840.1.113730.1.3",
  "2.16.840.1.113730.1.4",
  "2.16.840.1.113730.1.7",
  "2.16.840.1.113730.1.8",
  "2.16.840.1.113730.1.12",
  "2.16.840.1.113730.1.13",
]);

/** Kinds of other names that OpenSSL has words for. */
export const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["1.3.6.1.4.1.311.20.2.3", "UPN"],
  ["1.3.6.1.5.5.7.8.5", "XmppAddr"],
  ["1.3.6.1.5.5.7.8.7", "SRVName"],
  ["1.3.6.1.5.5.7.8.8", "NAIRealm"],
  ["1.3.6.1.5.5.7.8.9", "SmtpUTF8Mailbox"],
]);

/** Bits of the reasons of a distribution point. */
export const REASONS: readonly string[] = [
  "Unused",
  "Key Compromise",
  "CA Compromise",
  "Affiliation Changed",
  "Superseded",
  "Cessation Of Operation",
  "Certificate Hold",
  "Privilege Withdrawn",
  "AA Compromise",
];

export const CPS_QUALIFIER = "1.3.6.1.5.5.7.2.1";
export const NOTICE_QUALIFIER = "1.3.6.1.5.5.7.2.2";
export const ANY_POLICY = "2.5.29.32.0";
