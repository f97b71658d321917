// Prints where Flink and Spark put each key: Flink with 128 key groups on 100 subtasks, with its default on 64, Spark on 200 partitions.

import java.nio.charset.StandardCharsets;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;

final class Golden {
    public static void main(String[] arguments) {
        int groups = KeyGroupRangeAssignment.computeDefaultMaxParallelism(64);
        StringBuilder out = new StringBuilder();
        for (int index = 0; index < Keys.COUNT; index++) {
            Object key = Keys.key(index);
            out.append(KeyGroupRangeAssignment.assignKeyToParallelOperator(key, 128, 100)).append(' ');
            out.append(KeyGroupRangeAssignment.assignKeyToParallelOperator(key, groups, 64)).append(' ');
            out.append(Math.floorMod(spark(key), 200)).append('\n');
        }
        System.out.print(out);
    }

    private static int spark(Object key) {
        if (key instanceof Long number) return Murmur3_x86_32.hashLong(number, 42);
        byte[] bytes = ((String) key).getBytes(StandardCharsets.UTF_8);
        return Murmur3_x86_32.hashUnsafeBytes(bytes, Platform.BYTE_ARRAY_OFFSET, bytes.length, 42);
    }
}
