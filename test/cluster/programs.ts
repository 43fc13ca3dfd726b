import { existsSync } from "node:fs";

const folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

// What a cluster is made of: each by its file, and the Debian package that has it.
const needs = {
  server: { files: folders.map((folder) => `${folder}/mariadbd`), package: "mariadb-server" },
  install: {
    files: folders.map((folder) => `${folder}/mariadb-install-db`),
    package: "mariadb-server",
  },
  provider: {
    files: ["/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so"],
    package: "galera-4",
  },
  rsync: { files: folders.map((folder) => `${folder}/rsync`), package: "rsync" },
  sockets: { files: folders.map((folder) => `${folder}/ss`), package: "iproute2" },
} as const;

/** The paths of what a cluster is made of. */
export type Programs = Readonly<Record<keyof typeof needs, string>>;

/** Finds the programs of a cluster; throws where some are missing, and says what to install. */
export function findPrograms(): Programs {
  const missing = new Set<string>();
  const found = Object.entries(needs).map(([name, { files, package: of }]) => {
    const path = files.find((file) => existsSync(file));
    if (path === undefined) missing.add(of);
    return [name, path];
  });
  if (missing.size > 0) {
    const packages = [...missing].join(" ");
    throw new Error(
      `The programs of a Galera cluster are not all there. Install them: apt-get install ${packages}`,
    );
  }
  return Object.fromEntries(found) as Programs;
}
