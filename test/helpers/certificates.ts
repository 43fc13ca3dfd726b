import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An authority, and a certificate for `localhost` that it has signed, as files. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes certificates in a folder, by the program `openssl`. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const openssl = (command: string): Promise<unknown> => run("openssl", command.split(" "));
  const newKey = "req -new -newkey rsa:2048 -nodes";
  await openssl(
    `${newKey} -x509 -days 2 -subj /CN=authority -keyout ${file("ca.key")} -out ${file("ca.pem")}`,
  );
  await openssl(
    `${newKey} -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${file("server.key")} -out ${file("server.csr")}`,
  );
  await openssl(
    `x509 -req -days 2 -in ${file("server.csr")} -CA ${file("ca.pem")} -CAkey ${file("ca.key")} -CAcreateserial -copy_extensions copy -out ${file("server.pem")}`,
  );
  return {
    authority: file("ca.pem"),
    certificate: file("server.pem"),
    key: file("server.key"),
  };
}
