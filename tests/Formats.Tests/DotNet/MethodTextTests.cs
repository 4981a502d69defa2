using System.Text;
using CsCheck;
using Diagnose.Formats.DotNet;

namespace Diagnose.Formats.Tests.DotNet;

public sealed class MethodTextTests
{
    /// <summary>Lines that .NET 10 wrote of a program, but for the last four.</summary>
    [Theory]
    [InlineData("int32 [MyApp] MyApp.Program::ReadFile(string,uint8[])[OptimizedTier1]", "MyApp.Program.ReadFile")]
    [InlineData("int32 [MyApp] Program::ReadFile(string)[QuickJitted]", "Program.ReadFile")]
    [InlineData("void [MyApp] MyApp.Program::<Main>(string[])[QuickJitted]", "MyApp.Program.Main")]
    [InlineData("void [MyApp] Program::<Main>$(string[])[QuickJitted]", "Program.Main")]
    [InlineData("class [System.Runtime]System.Threading.Tasks.Task [MyApp] MyApp.Program::Main(string[])[QuickJitted]", "MyApp.Program.Main")]
    [InlineData("uint8[] [MyApp] MyApp.Program::Bytes()[Optimized]", "MyApp.Program.Bytes")]
    [InlineData("instance void [MyApp] MyApp.Program+<Main>d__0::MoveNext()[InstrumentedTier]", "MyApp.Program.Main")]
    [InlineData("instance void [MyApp] MyApp.Program+<Main>d__0::SetStateMachine(class X)[QuickJitted]", "MyApp.Program.Main.SetStateMachine")]
    [InlineData("instance void [MyApp] MyApp.Program+<<Main>$>d__0::MoveNext()[QuickJitted]", "MyApp.Program.Main")]
    [InlineData("instance void [MyApp] MyApp.Program+<>c__DisplayClass0_0::.ctor()[QuickJitted]", "MyApp.Program..ctor")]
    [InlineData("instance void [MyApp] MyApp.Program+<>c__DisplayClass0_0::<Main>g__Local|2(int32)[QuickJitted]", "MyApp.Program.Main.Local")]
    [InlineData("instance int32 [MyApp] MyApp.Program+<>c__DisplayClass0_0::<Main>b__0(int32)[QuickJitted]", "MyApp.Program.Main.lambda_0")]
    [InlineData("instance int32 [MyApp] Program+<>c::<<Main>$>b__0_3(int32)[QuickJitted]", "Program.Main.lambda_3")]
    [InlineData("instance void [MyApp] A+<>c__DisplayClass0_0+<<Run>b__0>d::MoveNext()[QuickJitted]", "A.Run.lambda_0")]
    [InlineData("instance void [MyApp] MyApp.Box`2[System.__Canon,System.Int32]::Do(class [System.Runtime]System.Action)[QuickJitted]",
        "MyApp.Box<__Canon,int>.Do")]
    [InlineData("void [System.Private.CoreLib] System.Runtime.CompilerServices.AsyncTaskMethodBuilder`1+AsyncStateMachineBox`1[System.Threading.Tasks.VoidTaskResult,MyApp.Program+<ReadAsync>d__2]::ExecutionContextCallback(object)[QuickJitted]",
        "System.Runtime.CompilerServices.AsyncTaskMethodBuilder<System.Threading.Tasks.VoidTaskResult>.AsyncStateMachineBox<MyApp.Program.ReadAsync>.ExecutionContextCallback")]
    [InlineData("bool [System.Private.CoreLib] System.SpanHelpers::NonPackedContainsValueType(!!0&,!!0,int32)[InstrumentedTierOptimized]",
        "System.SpanHelpers.NonPackedContainsValueType")]
    [InlineData("void [X] A::Call(method void *(int32,method int32 *()))[Optimized]", "A.Call")]
    [InlineData("void [X] A`1[System.Byte[]]::.cctor()[PreJIT]", "A<System.Byte[]>..cctor")]
    [InlineData("void [X] A`1[B`1[System.Int32[,]*],C]::F()", "A<B<System.Int32[,]*>,C>.F")]
    [InlineData("instance int64 [X] <Program>F3A0F__Helper::Run()[Optimized]", "Helper.Run")]
    public void What_the_runtime_writes_reads_as_its_language_has_it(string text, string name)
    {
        Assert.True(MethodText.TryRead(Encoding.UTF8.GetBytes(text), out string read));
        Assert.Equal(name, read);
    }

    [Theory]
    [InlineData("_ZN5words5countEv")]
    [InlineData("std::vector<int>::push_back(int)")]
    [InlineData("<alloc::vec::Vec<T> as core::ops::Drop>::drop")]
    [InlineData("<[T] as alloc::slice::Join<&[u8]>>::join")]
    [InlineData("operator new[](unsigned long)")]
    [InlineData("a::operator[](int)")]
    [InlineData("core::fmt::Formatter::pad_integral")]
    [InlineData("JS:*readFile file:///srv/app.js:10:5")]
    [InlineData("LazyCompile:~a::b [c] /srv/x.js:1:2")]
    [InlineData("Lcom/example/Main;::read")]
    [InlineData("java.lang.String java.lang.String.concat(java.lang.String)")]
    [InlineData("Program.ReadByte [Tier1]")]
    [InlineData("stub<1> AllocateTemporaryEntryPoints<PRECODE_FIXUP>")]
    [InlineData("[x] ::")]
    [InlineData("::]")]
    [InlineData("::)")]
    [InlineData("")]
    public void Names_of_other_languages_are_left_alone(string text) =>
        Assert.False(MethodText.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void No_text_is_too_strange() =>
        Gen.Char["<>[]()+`,.:|b_dgcF0 *&$"].Array[0, 60].Sample(letters =>
        {
            string text = new(letters);
            MethodText.TryRead(Encoding.UTF8.GetBytes($"void [A] {text}::{text}()[T]"), out _);
            MethodText.TryRead(Encoding.UTF8.GetBytes(text), out _);
            Assert.True(MethodName.Of(text, text).Length <= 8 * text.Length + 80);
        }, iter: 20_000);

    [Fact]
    public void Types_within_types_without_end_do_not_exhaust_the_stack()
    {
        string type = string.Concat(Enumerable.Repeat("A`1[", 100_000));
        Assert.StartsWith("A<A<A<", MethodName.Of(type, "M"), StringComparison.Ordinal);
        Assert.EndsWith("M", MethodName.Of("A", new string('<', 100_000) + "M"), StringComparison.Ordinal);
    }
}
