using System.Diagnostics;
using System.Text;
using CsCheck;
using Diagnose.Analyze.Symbols;

namespace Diagnose.Analyze.Tests.Symbols;

public class DemanglerTests
{
    private readonly Demangler _demangler = new();

    private string Demangle(string name) => Encoding.UTF8.GetString(_demangler.Demangle(Encoding.UTF8.GetBytes(name)));

    [Theory]
    [InlineData("_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4findEPKcmm", "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::find")]
    [InlineData("_ZNK3Foo3barEi", "Foo::bar")]
    [InlineData("__ZNK3Foo3barEi", "Foo::bar")]
    [InlineData("_ZNKR3Foo3barEv", "Foo::bar")]
    [InlineData("_Z3fooIiEvT_", "foo<int>")]
    [InlineData("_Z3fooIiEPFvlET_", "foo<int>")]
    [InlineData("_Z3fooB5cxx11i", "foo[abi:cxx11]")]
    [InlineData("_Z3fooi.cold", "foo")]
    [InlineData("_Z3fooi.constprop.0.isra.1", "foo")]
    [InlineData("_ZN3FooclIiEEvT_", "Foo::operator()<int>")]
    [InlineData("_ZN3FooclEv", "Foo::operator()")]
    [InlineData("_ZN3FoocvPFviEEv", "Foo::operator void (*)(int)")]
    [InlineData("_ZN3FoocvT_IiEEv", "Foo::operator int<int>")]
    [InlineData("_ZltIiEbT_S0_", "operator< <int>")]
    [InlineData("_ZlsIiERSoS0_T_", "operator<< <int>")]
    [InlineData("_ZN3Foo3barIXltLi1ELi2EEEEvv", "Foo::bar<(1)<(2)>")]
    [InlineData("_ZN12_GLOBAL__N_13fooIiEEvv", "(anonymous namespace)::foo<int>")]
    [InlineData("_ZZ3fooIiEvT_ENKUlvE_clEv", "foo<int>(int)::{lambda()#1}::operator()")]
    [InlineData("_ZZ3fooIiEvT_ENKUlT_E_clIiEEDaS1_", "foo<int>(int)::{lambda(auto:1)#1}::operator()<int>")]
    [InlineData("_ZZNK1A1fEvE1x", "A::f() const::x")]
    [InlineData("_ZThn8_N3Foo3barEi", "non-virtual thunk to Foo::bar(int)")]
    [InlineData("_ZGVZ3fooiE1x", "guard variable for foo(int)::x")]
    [InlineData("_ZTV3Foo", "vtable for Foo")]
    [InlineData("_ZNSs6appendEPKc", "std::basic_string<char, std::char_traits<char>, std::allocator<char> >::append")]
    [InlineData("_Z1fISt6vectorISsEEvT_", "f<std::vector<std::basic_string<char, std::char_traits<char>, std::allocator<char> > > >")]
    [InlineData("_Znwm", "operator new")]
    [InlineData("_ZdaPv", "operator delete[]")]
    [InlineData("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt")]
    public void Names_are_shown_as_cppfilt_does(string mangled, string shown) => Assert.Equal(shown, Demangle(mangled));

    [Theory]
    [InlineData("main")]
    [InlineData("")]
    [InlineData("_Z")]
    [InlineData("_Znonsense")]
    [InlineData("_ZN3FooE3bar!")]
    [InlineData("i")]
    [InlineData("_RNvC1a1b")]
    public void Other_names_stay_as_they_are(string name) => Assert.Equal(name, Demangle(name));

    [Fact]
    public void Deep_names_neither_crash_nor_hang()
    {
        foreach (var inner in (string[])["P", "1aI", "F", "N1a", "X", "LZ1", "DpT_", "cv", "ZN1aE", "A_", "M1a"])
            foreach (var length in (int[])[500, 1000, 5000, Demangler.MaxMangledLength])
            {
                var name = ("_Z1f" + string.Concat(Enumerable.Repeat(inner, length / inner.Length + 1)))[..length];
                Demangle(name);
                Demangle((name + "i" + new string('E', length))[..Math.Min(2 * length, Demangler.MaxMangledLength)]);
            }
        Assert.Equal(Demangler.MaxMangledLength + 1, Demangle("_Z" + new string('P', Demangler.MaxMangledLength - 1)).Length);
    }

    /// <summary>f(B&lt;B&lt;…A, A&gt;, B&lt;…&gt;&gt;): each level holds the level below twice, once as a back reference.</summary>
    private static string Doubling(int levels, string start = "_Z1f", int referencesBefore = 0)
    {
        static string Reference(int number) => number == 0 ? "S_" : $"S{Base36(number - 1)}_";
        static string Base36(int number) =>
            (number < 36 ? "" : Base36(number / 36)) + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36];
        return start + string.Concat(Enumerable.Repeat("1BI", levels)) + "1A"
            + string.Concat(Enumerable.Range(levels + referencesBefore, levels).Select(number => Reference(number) + "E"));
    }

    [Fact]
    public void A_name_that_doubles_itself_is_left_as_it_is()
    {
        Assert.Equal("f", Demangle(Doubling(4)));
        var watch = Stopwatch.StartNew();
        for (var levels = 26; levels <= 120; levels++)
            Assert.Equal(Doubling(levels), Demangle(Doubling(levels)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Fact]
    public void A_long_name_is_cut_at_a_character()
    {
        // The name of a member of a template, so that its long arguments belong to it.
        var name = Doubling(10, "_ZN1CI", referencesBefore: 1) + "E1vE";
        var shown = Demangle(name.Replace("1A", "4命A", StringComparison.Ordinal));
        Assert.EndsWith("…", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\ufffd', shown);
        Assert.InRange(Encoding.UTF8.GetByteCount(shown), Demangler.MaxShownLength, Demangler.MaxShownLength + 3);
    }

    // In one thread: the demangler keeps the name that it works on.
    [Fact]
    public void Any_name_is_shown_without_an_exception() =>
        Gen.OneOf("S_", "S0_", "St", "T_", "N", "I", "E", "1a", "3foo", "cl", "cv", "i", "Z", "L", "X", "P", "K", "Ul", "_", "D", "p", "F", "v", ".cold", " ", "é")
            .Array[0, 25].Sample(parts => Demangle("_Z" + string.Concat(parts)), iter: 20_000, threads: 1);
}
