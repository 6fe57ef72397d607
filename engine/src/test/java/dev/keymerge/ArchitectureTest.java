package dev.keymerge;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.keymerge.internal.memory.SystemMemory;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Checks which package of the engine may know which other, and what the public API may show. */
class ArchitectureTest {
  private static final String INTERNAL = "dev.keymerge.internal.";
  private static final String BELOW_INTERNAL = "dev.keymerge.internal..";

  /**
   * The packages below {@code internal}, lowest first. A package may know those of earlier lines,
   * and those of its own line unless they are stages.
   */
  private static final List<Set<String>> LEVELS =
      List.of(
          Set.of("storage", "memory", "progress"),
          Set.of("parquet", "key", "spill"),
          Set.of("plan"),
          Set.of("target", "inspect"),
          Set.of("scan", "index", "locate", "rewrite", "append", "commit"),
          Set.of("job"));

  private static final Set<String> STAGES = LEVELS.get(4);

  private static JavaClasses engine;

  @BeforeAll
  static void importClasses() {
    engine =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/testdata/"))
            .importPackages("dev.keymerge");
  }

  @Test
  void everyInternalPackageHasItsPlace() {
    Set<String> places =
        LEVELS.stream().flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());

    assertThat(engine.stream().map(JavaClass::getPackageName).filter(ArchitectureTest::isInternal))
        .isNotEmpty()
        .allSatisfy(name -> assertThat(places).contains(topLevel(name)));
  }

  @Test
  void importsPointDownward() {
    classes()
        .that()
        .resideInAPackage(BELOW_INTERNAL)
        .should(
            new ArchCondition<JavaClass>("know lower packages only, and no stage another stage") {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                for (Dependency dependency : item.getDirectDependenciesFromSelf()) {
                  String from = item.getPackageName();
                  String to = dependency.getTargetClass().getPackageName();
                  if (isInternal(to) && !from.equals(to) && !mayKnow(from, to)) {
                    events.add(SimpleConditionEvent.violated(item, dependency.getDescription()));
                  }
                }
              }
            })
        .check(engine);
  }

  @Test
  void internalPackagesHaveNoCycles() {
    slices().matching(INTERNAL + "(*)..").should().beFreeOfCycles().check(engine);
  }

  @Test
  void onlyThePublicApiStartsJobs() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.keymerge", INTERNAL + "job..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(INTERNAL + "job..")
        .check(engine);
  }

  @Test
  void internalsDoNotKnowTheEngine() {
    noClasses()
        .that()
        .resideInAPackage(BELOW_INTERNAL)
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("dev.keymerge.MergeEngine")
        .check(engine);
  }

  @Test
  void arrowShowsInThePublicApiOnlyWhereRowsComeInOrGoOut() {
    DescribedPredicate<JavaClass> api =
        resideInAPackage("dev.keymerge")
            .and(describe("public", type -> type.getModifiers().contains(JavaModifier.PUBLIC)))
            .and(DescribedPredicate.not(belongToAnyOf(Source.class, DatasetScan.class)));
    classes()
        .that(api)
        .should(
            new ArchCondition<JavaClass>("show no Arrow type") {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                item.getMembers().stream()
                    .filter(ArchitectureTest::isVisible)
                    .flatMap(
                        member ->
                            shownTypes(member)
                                .filter(
                                    type -> type.getPackageName().startsWith("org.apache.arrow"))
                                .map(type -> member.getFullName() + " shows " + type.getName()))
                    .forEach(text -> events.add(SimpleConditionEvent.violated(item, text)));
              }
            })
        .check(engine);
  }

  @Test
  void filesAreTouchedThroughStorageOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(INTERNAL + "storage..")
        // It reads what the kernel says in /proc and /sys, which no storage ever holds.
        .and(DescribedPredicate.not(belongToAnyOf(SystemMemory.class)))
        .should()
        .dependOnClassesThat(
            belongToAnyOf(
                Files.class,
                File.class,
                FileChannel.class,
                FileInputStream.class,
                FileOutputStream.class,
                FileReader.class,
                FileWriter.class,
                RandomAccessFile.class))
        .check(engine);
  }

  private static boolean isInternal(String packageName) {
    return packageName.startsWith(INTERNAL);
  }

  private static boolean mayKnow(String from, String to) {
    String fromName = topLevel(from);
    String toName = topLevel(to);
    if (fromName.equals(toName)) {
      return true;
    }
    return level(toName) < level(fromName)
        || (level(toName) == level(fromName) && !STAGES.contains(fromName));
  }

  private static String topLevel(String packageName) {
    return packageName.substring(INTERNAL.length()).split("\\.", 2)[0];
  }

  private static int level(String name) {
    for (int i = 0; i < LEVELS.size(); i++) {
      if (LEVELS.get(i).contains(name)) {
        return i;
      }
    }
    throw new AssertionError("No place in LEVELS for the package " + name);
  }

  private static boolean isVisible(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaClass> shownTypes(JavaMember member) {
    if (member instanceof JavaField field) {
      return field.getType().getAllInvolvedRawTypes().stream();
    }
    JavaCodeUnit codeUnit = (JavaCodeUnit) member;
    return Stream.concat(Stream.of(codeUnit.getReturnType()), codeUnit.getParameterTypes().stream())
        .flatMap(type -> type.getAllInvolvedRawTypes().stream());
  }
}
