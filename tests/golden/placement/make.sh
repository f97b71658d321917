#!/usr/bin/env bash
# Makes slots.txt again with the real Flink and the real Spark (Java 17, Maven): make.sh, then look at the difference.
set -euo pipefail
cd "$(dirname "$0")"
into=$(cd ../../.. && pwd)/target/services/placement
mkdir -p "$into"
mvn -q -B dependency:copy-dependencies -DoutputDirectory="$into/libs" -DincludeScope=runtime
javac -d "$into/classes" -cp "$into/libs/*" Keys.java Golden.java
java --add-opens java.base/java.nio=ALL-UNNAMED -cp "$into/classes:$into/libs/*" Golden > slots.txt
wc -l slots.txt
